//! Feeds what libFuzzer makes to `sgm_log_anchor`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sgm_log_anchor", input);
});
