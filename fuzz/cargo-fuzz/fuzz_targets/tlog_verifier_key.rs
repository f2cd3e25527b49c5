//! Feeds what libFuzzer makes to `tlog_verifier_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("tlog_verifier_key", input);
});
