//! Feeds what libFuzzer makes to `ades_distinguished_name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_distinguished_name", input);
});
