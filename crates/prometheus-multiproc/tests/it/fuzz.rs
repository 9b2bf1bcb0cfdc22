//! The inputs that the fuzz target found to lead somewhere new.

use std::fs;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::Index;
use proptest::{prop_assume, proptest};

use super::merge_check::check;
use super::real_clients::unpack;

static INPUTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let directory = unpack("fuzz");
    let files = fs::read_dir(directory.path()).unwrap();
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
});

#[test]
fn what_fuzzing_found_still_holds() {
    assert!(INPUTS.len() > 100);
    INPUTS.iter().for_each(|input| check(input));
}

proptest! {
    #[test]
    fn damage_is_survived(input in any::<Index>(), damage in vec((any::<Index>(), any::<u8>()), 1..8)) {
        let mut input = input.get(&INPUTS).clone();
        prop_assume!(!input.is_empty());
        for (place, byte) in damage {
            *place.get_mut(&mut input) = byte;
        }
        check(&input);
    }
}
