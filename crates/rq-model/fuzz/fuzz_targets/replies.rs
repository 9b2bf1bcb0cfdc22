//! Reads from a server that answers anything. What it found worth keeping is in `tests/data/fuzz.tar.gz`, which a test
//! replays.
//!
//! ```text
//! mkdir -p fuzz/corpus && tar -xzf tests/data/fuzz.tar.gz -C fuzz/corpus
//! cargo +nightly fuzz run replies -- -max_total_time=600
//! cargo +nightly fuzz cmin replies
//! ```

#![no_main]

#[path = "../../tests/it/replies_check.rs"]
mod replies_check;

std::thread_local! {
    static SERVER: replies_check::Server = replies_check::Server::start();
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| SERVER.with(|server| server.check(input)));
