//! Feeds what libFuzzer makes to `sgm_sealed_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sgm_sealed_key", input);
});
