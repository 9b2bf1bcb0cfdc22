//! Feeds the merge with files of any content. What it found worth keeping is in `tests/data/fuzz.tar.gz`, which a test
//! replays.
//!
//! ```text
//! mkdir -p fuzz/corpus && tar -xzf tests/data/fuzz.tar.gz -C fuzz/corpus
//! cargo +nightly fuzz run merge -- -max_total_time=600 -dict=fuzz/dict.txt
//! cargo +nightly fuzz cmin merge
//! ```

#![no_main]

#[path = "../../tests/it/merge_check.rs"]
mod merge_check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| merge_check::check(input));
