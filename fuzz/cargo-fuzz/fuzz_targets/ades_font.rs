//! Feeds what libFuzzer makes to `ades_font`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_font", input);
});
