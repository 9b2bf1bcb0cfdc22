//! A model's table, ready for a statement.

use std::borrow::Cow;

/// The table that holds a model's rows, and which of its rows those are. It exists in the database whose
/// [`Schema`](super::Schema) named it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    name: Cow<'static, str>,
    condition: Option<&'static str>,
    is_readable: bool,
}

impl Table {
    pub(super) fn of_model(name: impl Into<Cow<'static, str>>, may_read: impl Fn(&str) -> bool) -> Self {
        let name = name.into();
        // Since Nautobot 2.3 the default manager of `StaticGroupAssociation` leaves out the cached members of
        // dynamic groups of the other types.
        let condition = (name == "extras_staticgroupassociation").then_some(
            "dynamic_group_id IN (SELECT id FROM \"extras_dynamicgroup\" WHERE group_type = 'static')",
        );
        let is_readable = may_read(&name) && (condition.is_none() || may_read("extras_dynamicgroup"));
        Self { name, condition, is_readable }
    }

    /// The table's name, without quotes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tables that a statement over the model's rows reads: this one, and those that choose among its rows.
    pub fn reads(&self) -> impl Iterator<Item = &str> {
        let others = self.condition_columns().iter().map(|(table, _)| *table);
        [self.name()].into_iter().chain(others.filter(|table| *table != self.name))
    }

    /// The columns that choose the model's rows among the table's, by table: none when all rows are the model's.
    pub fn condition_columns(&self) -> &'static [(&'static str, &'static [&'static str])] {
        match self.condition {
            Some(_) => &[
                ("extras_staticgroupassociation", &["dynamic_group_id"]),
                ("extras_dynamicgroup", &["id", "group_type"]),
            ],
            None => &[],
        }
    }

    /// Whether the role had the privilege to count the model's rows when the schema was looked at; without it, the
    /// server refuses a statement over them with SQLSTATE 42501.
    pub fn is_readable(&self) -> bool {
        self.is_readable
    }

    /// What follows `FROM` in a statement over the model's rows, with a `WHERE` where it needs one. The name is quoted.
    pub fn from_clause(&self) -> String {
        let name = self.name.replace('"', "\"\"");
        match self.condition {
            Some(condition) => format!("\"{name}\" WHERE {condition}"),
            None => format!("\"{name}\""),
        }
    }

    /// A statement that counts the model's rows: one row with one `bigint`.
    pub fn count_sql(&self) -> String {
        format!("SELECT count(*) FROM {}", self.from_clause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_whatever_is_in_it() {
        let table = Table::of_model(r#"odd"; DROP TABLE x; --"#, |_| true);
        assert_eq!(table.count_sql(), r#"SELECT count(*) FROM "odd""; DROP TABLE x; --""#);
    }

    #[test]
    fn only_static_groups_count_as_static_group_associations() {
        let clause = Table::of_model("extras_staticgroupassociation", |_| true).from_clause();
        assert!(clause.starts_with("\"extras_staticgroupassociation\" WHERE "));
        assert!(clause.contains("group_type = 'static'"));
        let is_readable = |hidden: &'static str| {
            Table::of_model("extras_staticgroupassociation", |name| name != hidden).is_readable()
        };
        assert!(is_readable("dcim_device") && !is_readable("extras_dynamicgroup"));
        assert_eq!(Table::of_model("dcim_device", |_| true).from_clause(), "\"dcim_device\"");
    }
}
