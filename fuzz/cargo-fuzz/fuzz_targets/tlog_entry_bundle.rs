//! Feeds what libFuzzer makes to `tlog_entry_bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("tlog_entry_bundle", input);
});
