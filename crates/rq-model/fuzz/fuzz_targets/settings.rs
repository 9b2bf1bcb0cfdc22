//! Opens handles by any settings: `cargo +nightly fuzz run settings -- -max_total_time=600`, with the corpus of
//! `replies`.

#![no_main]

#[path = "../../tests/it/settings_check.rs"]
mod settings_check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| settings_check::check(input));
