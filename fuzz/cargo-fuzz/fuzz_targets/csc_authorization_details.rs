//! Feeds what libFuzzer makes to `csc_authorization_details`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("csc_authorization_details", input);
});
