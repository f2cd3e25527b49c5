//! Feeds what libFuzzer makes to `sgm_token_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sgm_token_file", input);
});
