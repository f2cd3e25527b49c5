//! Feeds what libFuzzer makes to `sam_authenticator_data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_authenticator_data", input);
});
