//! Feeds what libFuzzer makes to `sam_registration_assertion`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_registration_assertion", input);
});
