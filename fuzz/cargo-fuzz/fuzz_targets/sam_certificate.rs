//! Feeds what libFuzzer makes to `sam_certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_certificate", input);
});
