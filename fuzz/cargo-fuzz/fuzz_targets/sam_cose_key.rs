//! Feeds what libFuzzer makes to `sam_cose_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_cose_key", input);
});
