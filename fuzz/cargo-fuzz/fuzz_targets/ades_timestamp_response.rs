//! Feeds what libFuzzer makes to `ades_timestamp_response`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("ades_timestamp_response", input);
});
