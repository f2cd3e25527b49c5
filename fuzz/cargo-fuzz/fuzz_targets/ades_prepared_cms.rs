//! Feeds what libFuzzer makes to `ades_prepared_cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_prepared_cms", input);
});
