//! Feeds what libFuzzer makes to `sam_journal_frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_journal_frame", input);
});
