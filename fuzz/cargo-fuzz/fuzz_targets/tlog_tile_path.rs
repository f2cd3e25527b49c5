//! Feeds what libFuzzer makes to `tlog_tile_path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("tlog_tile_path", input);
});
