//! Feeds what libFuzzer makes to `sam_sar`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_sar", input);
});
