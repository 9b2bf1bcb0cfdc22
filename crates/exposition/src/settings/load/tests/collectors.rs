//! Keys of a collector's own in `[collectors.NAME]`.

use secrecy::ExposeSecret;

use super::super::super::{CollectorSettings, check_sections};
use super::*;

#[test]
fn each_reader_of_a_collectors_section_gets_its_part() {
    let text = "[collectors.models]\nmin_interval = \"5m\"\ncount = \"estimate\"\nenabled = false\n\
                estimate_above = 7\n[collectors.models.tables]\nDevice = \"d\"";
    let Loaded { exporter, own, .. } = given().file("a.toml", text).loaded();
    let models = &exporter.collectors["models"];
    assert_eq!((models.enabled, models.min_interval), (Some(false), Duration::from_mins(5)));
    let models = own.collectors.models;
    assert_eq!((models.count, models.estimate_above), (Count::Estimate, 7));
    assert_eq!(models.tables["Device"], "d");
}

#[test]
fn every_source_sets_them() {
    let loaded = given()
        .variable("X_TOKEN", "canary")
        .file("a.toml", "[collectors.models]\ncount = \"estimate\"\nestimate_above = 1\nmax_series = 2")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__ESTIMATE_ABOVE", "3")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__MAX_SERIES", "4")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__TABLES__Device", "d")
        .flag("collectors.models.enabled", true)
        .loaded();
    let models = loaded.own.collectors.models;
    assert_eq!((models.count, models.estimate_above), (Count::Estimate, 3));
    assert_eq!(models.tables["Device"], "d");
    assert_eq!(models.token.unwrap().expose_secret(), "canary");
    let models = &loaded.exporter.collectors["models"];
    assert_eq!((models.enabled, models.max_series), (Some(true), 4));
}

#[test]
fn their_secrets_stand_in_files_too() {
    let given = given();
    let path = given.written("token", "canary\n");
    let file = format!("[collectors.models]\ntoken_file = {:?}", path.display().to_string());
    let from_file = given.file("a.toml", &file);
    let from_variable =
        super::given().variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__TOKEN_FILE", path.as_os_str());
    for given in [&from_file, &from_variable] {
        let token = given.loaded().own.collectors.models.token;
        assert_eq!(token.unwrap().expose_secret(), "canary");
        assert!(!given.printed().contains("canary"));
    }
}

#[test]
fn what_is_wrong_with_them_is_told_with_its_place() {
    let toml = |text: &str| given().file("s.toml", text).refused();
    assert_eq!(
        toml("[collectors.models]\ncuont = 1"),
        "s.toml:2: unknown key `collectors.models.cuont`; did you mean `count`?"
    );
    assert_eq!(
        toml("[collectors.models]\ntimeuot = 1"),
        "s.toml:2: unknown key `collectors.models.timeuot`; did you mean `timeout`?"
    );
    assert_eq!(
        toml("[collectors.jobs]\nx = 1\n"),
        "s.toml:2: unknown key `collectors.jobs.x`; \
         known here: `enabled`, `limit`, `max_series`, `min_interval`, `timeout`"
    );
    assert_eq!(
        toml("[collectors.plain]\ncount = \"exact\""),
        "s.toml:2: unknown key `collectors.plain.count`; \
         known here: `enabled`, `timeout`, `min_interval`, `max_series`"
    );
    assert_eq!(
        toml("[collectors.models]\nmax_series = 1\ncount = \"canary\""),
        "s.toml:3: `collectors.models.count`: expected one of exact, estimate"
    );
    assert_eq!(
        toml("[collectors.models]\nestimate_above = \"canary\""),
        "s.toml:2: `collectors.models.estimate_above`: expected a whole number, 0 or more, found a string"
    );
    assert_eq!(
        toml("collectors.models = 1"),
        "s.toml:1: `collectors.models`: expected a section, found a number"
    );
    assert_eq!(
        toml("collectors.plain = [true]"),
        "s.toml:1: `collectors.plain`: expected a section, found a list"
    );
    let refused = |key: &str| given().variable(&format!("NAUTOBOT_EXPORTER_{key}"), "canary").refused();
    assert_eq!(
        refused("COLLECTORS__MODELS__CUONT"),
        "NAUTOBOT_EXPORTER_COLLECTORS__MODELS__CUONT: unknown key `collectors.models.cuont`; \
         did you mean `NAUTOBOT_EXPORTER_COLLECTORS__MODELS__COUNT`?"
    );
    assert_eq!(
        refused("COLLECTORS__MODELS__ESTIMATE_ABOVE"),
        "NAUTOBOT_EXPORTER_COLLECTORS__MODELS__ESTIMATE_ABOVE: `collectors.models.estimate_above`: \
         expected a whole number, 0 or more"
    );
}

#[test]
fn a_collector_is_printed_once_with_all_its_keys() {
    let text =
        "[collectors.models]\ncount = \"estimate\"\nmax_series = 5\n[collectors.models.tables]\nD = \"d\"";
    let printed = given().file("a.toml", text).printed();
    let section = "\n[collectors.models]\n\
                   count = \"estimate\"  # a.toml:2\n\
                   estimate_above = 0\n\
                   max_series = 5  # a.toml:3\n\
                   min_interval = \"0s\"\n\
                   \n[collectors.models.tables]\n\
                   D = \"d\"  # a.toml:5\n";
    assert!(printed.contains(section), "{printed}");
    for (name, times) in [("models", 1), ("jobs", 1), ("plain", 1)] {
        assert_eq!(printed.matches(&format!("[collectors.{name}]")).count(), times, "{printed}");
    }
    given().file("again.toml", &printed).loaded();
}

#[test]
fn a_program_has_sections_for_its_collectors_only_and_leaves_the_shared_keys() {
    #[derive(Serialize)]
    struct Clashing {
        collectors: BTreeMap<&'static str, CollectorSettings>,
    }
    let own = Own::default();
    assert_eq!(check_sections(&own, &known().collectors), Ok(()));
    assert_eq!(
        check_sections(&own, &["jobs".to_owned()]),
        Err("the settings have a section `collectors.models`, but no collector of that name can be switched"
            .to_owned())
    );
    let clashing = Clashing { collectors: BTreeMap::from([("jobs", CollectorSettings::default())]) };
    assert_eq!(
        check_sections(&clashing, &["jobs".to_owned()]),
        Err("the settings have a key `collectors.jobs.enabled`, but every collector has a key `enabled` already"
            .to_owned())
    );
    assert_eq!(check_sections(&(), &[]), Ok(()));
}
