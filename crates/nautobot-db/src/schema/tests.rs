mod releases;

use super::*;

/// `extras_jobresult` is among the tables when it has columns.
fn facts(tables: &[&str], result_columns: &[&str]) -> Facts {
    let results = ["extras_jobresult"].into_iter().filter(|_| !result_columns.is_empty());
    let relation = Relation { oid: 1, is_readable: true, is_plain: true };
    Facts {
        tables: tables.iter().copied().chain(results).map(|table| (table.to_owned(), relation)).collect(),
        columns: [("extras_jobresult".to_owned(), result_columns.iter().map(ToString::to_string).collect())]
            .into(),
    }
}

fn schema(line: Line, tables: &[&str]) -> Schema {
    Schema { line, facts: facts(tables, &[]) }
}

fn name(table: Option<Table>) -> Option<String> {
    table.map(|table| table.name().into())
}

#[test]
fn a_database_without_results_is_not_nautobots() {
    assert_eq!(Schema::of(facts(&["auth_user"], &[])), Err("table extras_jobresult"));
    assert!(Schema::of(facts(&[], &["id"])).unwrap_err().contains("date_done"));
}

#[test]
fn features_are_what_the_database_has_whatever_its_line() {
    let early = Schema::of(facts(&["extras_jobqueue"], &["date_done"])).unwrap();
    let late = Schema::of(facts(&["extras_job", "extras_jobqueue"], &["date_done"])).unwrap();
    assert_eq!(early.line(), late.line());
    assert!(!early.has(Feature::JobModel) && late.has(Feature::JobModel));
}

#[test]
fn lines_are_in_order() {
    assert!(Line::new(1, 6) < Line::new(2, 0) && Line::new(2, 4) < Line::new(3, 0));
}

#[test]
fn names_resolve_as_python_resolves_them() {
    let nautobot = schema(Line::new(3, 2), &["dcim_device", "auth_group", "data_validation_minmaxrule"]);
    assert_eq!(name(nautobot.table("dcim", "Device")).as_deref(), Some("dcim_device"));
    assert_eq!(name(nautobot.table("ipam", "Device")).as_deref(), Some("dcim_device"));
    assert_eq!(name(nautobot.table("users", "Group")).as_deref(), Some("auth_group"));
    let renamed = nautobot.table("data_validation", "MinMaxValidationRule");
    assert_eq!(name(renamed).as_deref(), Some("data_validation_minmaxrule"));
    for (app, model) in [("dcim", "device"), ("dcim", "Site"), ("nope", "Device"), ("auth", "Group")] {
        assert_eq!(nautobot.table(app, model), None, "{app}.{model}");
    }
}

#[test]
fn a_model_whose_table_is_missing_is_no_model() {
    assert_eq!(schema(Line::new(1, 0), &["dcim_site"]).table("extras", "Job"), None);
    assert_eq!(schema(Line::new(3, 2), &[]).table("dcim", "Device"), None);
}

#[test]
fn a_line_between_two_listed_ones_knows_the_models_of_both() {
    let tables = ["dcim_site", "extras_secret", "extras_dynamicgroup", "dcim_controller", "dcim_location"];
    let between = |major, minor| schema(Line::new(major, minor), &tables);
    assert!(between(1, 4).table("extras", "DynamicGroup").is_some());
    assert!(between(2, 3).table("dcim", "Controller").is_some());
    assert!(between(2, 3).table("dcim", "Site").is_none());
    assert!(between(2, 0).table("dcim", "Controller").is_none());
}

#[test]
fn an_app_label_reaches_every_app() {
    let tables = ["auth_group", "django_session", "nautobot_golden_config_configcompliance"];
    let nautobot = schema(Line::new(2, 4), &tables);
    assert_eq!(name(nautobot.app_table("auth", "Group")).as_deref(), Some("auth_group"));
    assert_eq!(name(nautobot.app_table("sessions", "Session")).as_deref(), Some("django_session"));
    let foreign = nautobot.app_table("nautobot_golden_config", "ConfigCompliance");
    assert_eq!(name(foreign).as_deref(), Some("nautobot_golden_config_configcompliance"));
    assert_eq!(nautobot.app_table("nautobot_golden_config", "configcompliance"), None);
    assert_eq!(nautobot.app_table("auth", "Session"), None);
}
