//! Feeds what libFuzzer makes to `ades_certificate_bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_certificate_bundle", input);
});
