//! The documentation says what the program says.

use testbed::docs;

use crate::PROGRAM;

#[test]
fn every_family_is_documented_as_it_is() {
    docs::check_families(PROGRAM, "rq-exporter");
    docs::check_families(PROGRAM, "rq-exporter worker");
}

#[test]
fn the_documented_settings_are_those_that_there_are() {
    docs::check_settings(PROGRAM);
}
