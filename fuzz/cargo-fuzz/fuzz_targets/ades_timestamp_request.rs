//! Feeds what libFuzzer makes to `ades_timestamp_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_timestamp_request", input);
});
