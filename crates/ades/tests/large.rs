//! A large file is signed and verified in memory that does not grow with it. Alone in its program, because the whole program is measured.
#![allow(clippy::disallowed_methods, reason = "the test makes a file and measures itself")]

mod support;

use std::io::{BufWriter, Seek, SeekFrom, Write};

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::{SignatureValue, prepare, verify_signatures};
use ades::pdf::FileSource;
use support::Bench;

/// Most memory this program ever had, in kilobytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A document whose second object is a stream of `size` zeros; the file is sparse.
fn large(file: &mut std::fs::File, size: u64) {
    let mut places = Vec::new();
    let mut object = |file: &mut std::fs::File, body: &str| {
        places.push(file.stream_position().unwrap());
        write!(file, "{} 0 obj\n{body}\n", places.len()).unwrap();
    };
    file.write_all(b"%PDF-1.7\n").unwrap();
    object(file, "<< /Type /Catalog /Pages 3 0 R >>\nendobj");
    object(file, &format!("<< /Length {size} >>\nstream"));
    file.seek(SeekFrom::Current(i64::try_from(size).unwrap())).unwrap();
    file.write_all(b"\nendstream\nendobj\n").unwrap();
    object(file, "<< /Type /Pages /Count 1 /Kids [4 0 R] /MediaBox [0 0 10 10] >>\nendobj");
    object(file, "<< /Type /Page /Parent 3 0 R >>\nendobj");
    let start = file.stream_position().unwrap();
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for place in &places {
        table.push_str(&format!("{place:010} 00000 n \n"));
    }
    write!(file, "{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").unwrap();
}

#[test]
fn a_file_of_200_megabytes_is_signed_in_flat_memory() {
    // Larger by hand: ADES_LARGE_MEGABYTES=2500.
    let megabytes = std::env::var("ADES_LARGE_MEGABYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_u64);
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create_new(folder.path().join("large.pdf")).unwrap();
    large(&mut file, megabytes * 1024 * 1024);
    let open = |name: &str| FileSource::new(std::fs::File::open(folder.path().join(name)).unwrap()).unwrap();
    let document = open("large.pdf");

    let before = peak();
    let state = prepare(&document, &bench.parameters(AdesLevel::T)).unwrap();
    let value = SignatureValue::from(bench.signer.sign(state.dtbs()));
    let token = bench.token(&value);
    let mut output = BufWriter::new(std::fs::File::create_new(folder.path().join("signed.pdf")).unwrap());
    state.embed(&document, &value, Some(&token), &AwsLc, &mut output).unwrap();
    drop(output);
    let signed = open("signed.pdf");
    let checks = verify_signatures(&signed, &AwsLc).unwrap();
    assert!(checks[0].is_intact() && checks[0].covers_whole_file);
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("{megabytes} MB: peak memory grew by {} kB", after - before);
        assert!(after - before < 4 * 1024, "peak memory grew by {} kB", after - before);
    }
}
