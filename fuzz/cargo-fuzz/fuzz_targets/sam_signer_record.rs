//! Feeds what libFuzzer makes to `sam_signer_record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzz::feed("sam_signer_record", input);
});
