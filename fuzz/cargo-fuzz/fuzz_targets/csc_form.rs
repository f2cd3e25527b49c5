//! Feeds what libFuzzer makes to `csc_form`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("csc_form", input);
});
