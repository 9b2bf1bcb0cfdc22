use super::*;

/// Tables of no model: Django's own, that of a library which Nautobot 1.1 brought for some patches, and those of a
/// profiler, whose models no count is wanted of.
const NO_MODELS: [&str; 3] = ["django_migrations", "health_check_db_", "silk_"];

/// The databases of `releases.txt`, by release.
fn releases() -> Vec<(&'static str, Facts)> {
    let mut releases = Vec::<(&str, Facts)>::new();
    for line in include_str!("releases.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split(' ').collect();
        match (&words[..], releases.last_mut()) {
            (["+", names @ ..], Some((_, facts))) => names.iter().for_each(|name| add(facts, name)),
            (["-", names @ ..], Some((_, facts))) => names.iter().for_each(|name| remove(facts, name)),
            ([release], last) => {
                let facts = last.map(|(_, facts)| facts.clone()).unwrap_or_default();
                releases.push((release, facts));
            }
            _ => panic!("{line}"),
        }
    }
    releases
}

fn add(facts: &mut Facts, name: &str) {
    if let Some((table, column)) = name.split_once('.') {
        facts.columns.entry(table.into()).or_default().insert(column.into());
    } else {
        facts.tables.insert(name.into(), Relation { oid: 1, is_readable: true, is_plain: true });
    }
}

fn remove(facts: &mut Facts, name: &str) {
    let was_there = match name.split_once('.') {
        None => facts.tables.remove(name).is_some(),
        Some((table, column)) => facts.columns.get_mut(table).unwrap().remove(column),
    };
    assert!(was_there, "{name}");
}

#[test]
fn the_first_and_the_last_release_of_every_line_are_told_by_their_databases() {
    let releases = releases();
    for (release, facts) in &releases {
        let line = release.rsplit_once('.').unwrap().0;
        assert_eq!(Line::of(facts).map(|line| line.to_string()), Ok(line.into()), "{release}");
    }
    let lines: BTreeSet<_> = releases.iter().map(|(_, facts)| Line::of(facts).unwrap()).collect();
    assert_eq!(lines.len(), 15);
}

/// A table that holds a relation of a model to many others is named after the model's.
#[test]
fn every_table_of_every_release_is_that_of_a_model_or_of_its_relation() {
    for (release, facts) in releases() {
        let schema = Schema::of(facts).unwrap();
        let models: BTreeSet<_> = schema.models().map(|(_, _, table)| table.name().to_owned()).collect();
        for table in schema.facts.tables.keys() {
            if NO_MODELS.iter().any(|prefix| table.starts_with(prefix)) {
                continue;
            }
            let of_relation = || models.iter().any(|model| table.starts_with(&format!("{model}_")));
            assert!(models.contains(table) || of_relation(), "{table} of {release}");
        }
    }
}
