//! Feeds what libFuzzer makes to `tlog_note`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("tlog_note", input);
});
