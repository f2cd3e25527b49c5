//! Feeds what libFuzzer makes to `connectors_ocsp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("connectors_ocsp", input);
});
