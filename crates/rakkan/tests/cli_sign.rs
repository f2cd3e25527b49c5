//! `rakkan sign` with keys on this machine: what it makes, before judges that are not ours.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::keys::{KINDS, contract, keys};
use support::signing::{Desk, Done};
use support::{judge, text_of};

/// pyHanko: intact, valid, trusted under the test root, whole file.
fn pyhanko_accepts(file: &Path) {
    let mut command = judge("pyhanko_judge.py");
    command.arg(file).arg(keys().path("root.pem"));
    let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    let last = answer.as_array().unwrap().last().unwrap();
    for yes in ["intact", "valid", "trusted"] {
        assert_eq!(last[yes], true, "{yes}: {last}");
    }
    assert_eq!(last["coverage"], "ENTIRE_FILE");
}

fn pdfsig_accepts(file: &Path) {
    let text = text_of(Command::new("pdfsig").arg("-nocert").arg(file));
    assert!(text.contains("Signature is Valid"), "{text}");
    assert!(text.contains("Total document signed"), "{text}");
}

#[test]
fn every_kind_of_key_makes_a_signature_that_pyhanko_and_pdfsig_accept() {
    let desk = Desk::new();
    for kind in KINDS {
        let out = format!("{kind}.pdf");
        desk.sign_with(kind, &["contract.pdf", "--out", &out]).good();
        pyhanko_accepts(&desk.path(&out));
        pdfsig_accepts(&desk.path(&out));
        let text = text_of(Command::new("qpdf").arg("--check").arg(desk.path(&out)));
        assert!(text.contains("No syntax or stream encoding errors"), "{text}");
        assert!(std::fs::read(desk.path(&out)).unwrap().starts_with(&std::fs::read(contract()).unwrap()));
    }
}

#[test]
fn rsa_signs_with_every_digest_and_padding() {
    let desk = Desk::new();
    for padding in ["pkcs1", "pss"] {
        for digest in ["sha256", "sha384", "sha512"] {
            let out = format!("{padding}-{digest}.pdf");
            let options = ["contract.pdf", "--rsa-padding", padding, "--digest", digest, "--out", &out];
            desk.sign_with("rsa2048", &options).good();
            pyhanko_accepts(&desk.path(&out));
        }
    }
}

#[test]
fn keys_are_read_in_every_usual_form() {
    let keys = keys();
    let password = ["-passout", "pass:geheim"];
    keys.openssl("rsa -in rsa2048.key -traditional -out pkcs1.key", &[]);
    keys.openssl("ec -in p256.key -out sec1.key", &[]);
    keys.openssl("pkcs8 -topk8 -in p256.key -out pbes2.key -v2 aes-256-cbc", &password);
    keys.openssl("pkcs8 -topk8 -in p256.key -out pbes2-prf1.key -v2 aes-128-cbc -v2prf hmacWithSHA1", &password);
    keys.openssl("pkcs8 -topk8 -in p256.key -out pbes2-3des.key -v2 des3", &password);
    keys.openssl("pkcs8 -topk8 -in p256.key -out scrypt.key -scrypt", &password);
    keys.openssl("pkcs8 -topk8 -in p256.key -out pbe-sha1-3des.key -v1 PBE-SHA1-3DES", &password);
    keys.openssl("pkcs8 -topk8 -nocrypt -in p256.key -outform DER -out plain.der", &[]);
    for (file, kind) in [
        ("pkcs1.key", "rsa2048"),
        ("sec1.key", "p256"),
        ("pbes2.key", "p256"),
        ("pbes2-prf1.key", "p256"),
        ("pbes2-3des.key", "p256"),
        ("scrypt.key", "p256"),
        ("pbe-sha1-3des.key", "p256"),
        ("plain.der", "p256"),
    ] {
        let desk = Desk::new();
        let mut command = desk.command(&["sign", "contract.pdf", "--key"]);
        command.arg(keys.path(file)).arg("--cert").arg(keys.path(&format!("{kind}.crt")));
        command.arg("--password-file").arg(keys.password_file());
        let done = Done::from(command.output().unwrap());
        assert_eq!(done.status, Some(0), "{file}: {done:?}");
        pdfsig_accepts(&desk.path("contract-signed.pdf"));
    }
}

#[test]
fn pkcs12_files_of_every_age_are_opened() {
    let keys = keys();
    let old = ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"];
    for (kind, name, options) in [
        ("p256", "new.p12", &[][..]),
        ("rsa2048", "rsa.p12", &[]),
        ("p384", "sha512.p12", &["-macalg", "sha512", "-keypbe", "AES-128-CBC"]),
        ("p256", "old.p12", &old),
        ("p256", "rc2-128.p12", &["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-128"]),
        ("p256", "plain-inside.p12", &["-keypbe", "NONE", "-certpbe", "NONE"]),
    ] {
        let file = keys.pkcs12(kind, name, options);
        let desk = Desk::new();
        let done = desk.sign_with_pkcs12(&file, keys);
        assert_eq!(done.status, Some(0), "{name}: {done:?}");
        pyhanko_accepts(&desk.path("contract-signed.pdf"));
    }
}

#[test]
fn a_pkcs12_file_with_an_empty_password_asks_nobody() {
    let file = keys().pkcs12("p256", "empty.p12", &["-nopassword"]);
    let desk = Desk::new();
    desk.run(&["sign", "contract.pdf", "--key", file.to_str().unwrap()]).good();
    pdfsig_accepts(&desk.path("contract-signed.pdf"));
}

#[test]
fn a_password_comes_through_an_open_descriptor() {
    let file = keys().pkcs12("p256", "fd.p12", &[]);
    let desk = Desk::new();
    let script = format!(
        "exec {} sign contract.pdf --key {} --password-fd 7 7<{}",
        env!("CARGO_BIN_EXE_rakkan"),
        file.display(),
        keys().password_file().display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(desk.path(""));
    Done::from(command.output().unwrap()).good();
    pdfsig_accepts(&desk.path("contract-signed.pdf"));
}

#[test]
fn what_is_said_about_a_signature_stands_in_it() {
    let desk = Desk::new();
    let options =
        ["--reason", "契約に同意", "--location", "東京", "--name", "花子", "--contact", "+81", "--field", "Hanko"];
    desk.sign_with("p256", &[&["contract.pdf", "--json"][..], &options].concat()).good();
    let text = text_of(Command::new("qpdf").args(["--json", "--json-key=qpdf"]).arg(desk.path("contract-signed.pdf")));
    for word in ["u:契約に同意", "u:東京", "u:花子", "u:+81", "u:Hanko"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn ed25519_signs_and_pyhanko_accepts() {
    let desk = Desk::new();
    desk.sign_with("ed25519", &["contract.pdf"]).good();
    pyhanko_accepts(&desk.path("contract-signed.pdf"));
}

#[test]
fn commitments_roles_and_a_policy_are_signed() {
    let desk = Desk::new();
    desk.put("policy.txt", b"Signatures of this kind bind.");
    let options = [
        "--commitment",
        "approval",
        "--commitment",
        "origin",
        "--role",
        "代表取締役",
        "--policy",
        "1.2.392.200000.99.1",
    ];
    let policy = ["--policy-file", "policy.txt", "--policy-uri", "https://example.jp/policy.txt"];
    desk.sign_with("p256", &[&["contract.pdf"][..], &options, &policy].concat()).good();
    pyhanko_accepts(&desk.path("contract-signed.pdf"));
    std::fs::create_dir(desk.path("parts")).unwrap();
    let status = judge("extract.py").arg(desk.path("contract-signed.pdf")).arg(desk.path("parts")).status().unwrap();
    assert!(status.success());
    let text = text_of(
        Command::new("openssl").args(["asn1parse", "-inform", "DER", "-i", "-in"]).arg(desk.path("parts/cms.der")),
    );
    // Commitment type indication with proof of approval and origin, signer attributes, policy identifier.
    for word in [
        "id-smime-aa-ets-commitmentType",
        "id-smime-cti-ets-proofOfApproval",
        "id-smime-cti-ets-proofOfOrigin",
        "0.4.0.19122.1.1",
        "id-smime-aa-ets-sigPolicyId",
        "1.2.392.200000.99.1",
        "https://example.jp/policy.txt",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let digest =
        text_of(Command::new("openssl").args(["dgst", "-sha256", "-r", "policy.txt"]).current_dir(desk.path("")));
    let digest = digest.split(' ').next().unwrap().to_uppercase();
    assert!(text.contains(&digest), "{digest}: {text}");
}

#[test]
fn a_certified_document_forbids_what_it_says() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--certify", "nothing", "--out", "locked.pdf"]).good();
    pyhanko_accepts(&desk.path("locked.pdf"));
    let report = desk.run(&["inspect", "locked.pdf", "--json"]).good().json();
    assert_eq!(report["content"]["signatures"][0]["certifies"], "no changes allowed");
    desk.sign_with("p256", &["locked.pdf"]).failed(1, &["certified", "no changes allowed"]);
    desk.sign_with("p256", &["contract.pdf", "--certify", "forms", "--out", "forms.pdf"]).good();
    desk.sign_with("p256", &["forms.pdf", "--out", "second.pdf"]).good();
    pyhanko_accepts(&desk.path("second.pdf"));
    desk.sign_with("p256", &["forms.pdf", "--certify", "forms"]).failed(1, &["cannot be certified any more"]);
    desk.sign_with("p256", &["contract.pdf", "--certify", "everything"]).failed(64, &["nothing"]);
    assert_eq!(desk.names(), ["contract.pdf", "forms.pdf", "locked.pdf", "second.pdf"]);
}

#[test]
fn locked_fields_stay_locked() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--lock-field", "Price", "--page", "last", "--out", "one.pdf"]).good();
    desk.sign_with("p256", &["one.pdf", "--field", "Price"]).failed(1, &["locked the field", "Price"]);
    desk.sign_with("p256", &["one.pdf", "--field", "Other", "--lock", "--out", "two.pdf"]).good();
    desk.sign_with("p256", &["two.pdf"]).failed(1, &["locked"]);
    desk.sign_with("p256", &["contract.pdf", "--page", "99"]).failed(1, &["page"]);
    let text = desk.run(&["inspect", "two.pdf"]).good().out;
    assert!(text.contains("the form fields Price") && text.contains("all form fields"), "{text}");
}

/// `openssl cms -verify` under the test root.
fn openssl_accepts(signature: &Path, content: Option<&Path>) -> bool {
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null", "-in"]);
    command.arg(signature).arg("-CAfile").arg(keys().path("root.pem"));
    if let Some(content) = content {
        command.arg("-content").arg(content);
    }
    command.output().unwrap().status.success()
}

#[test]
fn any_file_is_signed_with_cades_beside_it_or_around_it_and_openssl_accepts() {
    let desk = Desk::new();
    let drawing = desk.put("drawing.dwg", &[7; 100_000]);
    for kind in KINDS {
        desk.sign_with(kind, &["drawing.dwg", "--format", "cades", "--force"]).good();
        assert!(openssl_accepts(&desk.path("drawing.dwg.p7s"), Some(&drawing)), "{kind}");
        assert!(!openssl_accepts(&desk.path("drawing.dwg.p7s"), Some(contract())), "{kind}");
        let around = ["drawing.dwg", "--format", "cades", "--packaging", "enveloping", "--force"];
        desk.sign_with(kind, &around).good();
        assert!(openssl_accepts(&desk.path("drawing.dwg.p7m"), None), "{kind}");
    }
    let report = desk.run(&["inspect", "drawing.dwg.p7s", "--content", "drawing.dwg", "--json"]).good().json();
    assert_eq!(report["content"]["signatures"][0]["level"], "B-B");
    let text = desk.run(&["inspect", "drawing.dwg.p7m"]).good().out;
    assert!(text.contains("山田 花子") && text.contains("CAdES"), "{text}");
    desk.run(&["inspect", "drawing.dwg.p7s"]).failed(64, &["give the file that was signed"]);
    let other = desk.run(&["inspect", "drawing.dwg.p7s", "--content", "contract.pdf"]);
    assert_eq!(other.status, Some(1), "{other:?}");
}

#[test]
fn options_of_one_format_are_refused_with_the_other() {
    let desk = Desk::new();
    for (options, word) in [
        (&["--format", "cades", "--field", "A"][..], "--field"),
        (&["--format", "cades", "--reason", "A"], "--reason"),
        (&["--format", "cades", "--certify", "forms"], "--certify"),
        (&["--format", "cades", "--in-place"], "--in-place"),
        (&["--packaging", "detached"], "--packaging"),
    ] {
        desk.sign_with("p256", &[&["contract.pdf"], options].concat()).failed(64, &[word]);
    }
    assert_eq!(desk.names(), ["contract.pdf"]);
}

#[test]
fn a_visible_signature_is_seen_by_poppler_where_it_was_put() {
    let desk = Desk::new();
    // A picture of one red pixel.
    desk.put("red.png", &red_pixel());
    let options = ["--visible", "bottom-right:15,15,70,25", "--visible-text", "承認 山田花子", "--page", "last"];
    desk.sign_with("p256", &[&["contract.pdf", "--visible-image", "red.png"][..], &options].concat()).good();
    let signed = desk.path("contract-signed.pdf");
    pdfsig_accepts(&signed);
    pyhanko_accepts(&signed);
    // The last page's lower right: 70 by 25 mm, 15 mm from the edges of A4, in points from the top left.
    let area = ["-f", "2", "-l", "2", "-x", "354", "-y", "728", "-W", "199", "-H", "72"];
    let text = text_of(Command::new("pdftotext").args(area).arg(&signed).arg("-"));
    assert!(text.contains("承認") && text.contains("山田花子"), "{text}");
    let refused = |options: &[&str], status, words: &[&str]| {
        desk.sign_with("p256", &[&["contract.pdf", "--out", "x.pdf"], options].concat()).failed(status, words);
    };
    refused(&["--visible", "middle"], 64, &["bottom-right"]);
    refused(&["--visible", "top-left", "--visible-image", "contract.pdf"], 65, &["neither PNG nor JPEG"]);
    refused(&["--visible", "top-left", "--visible-font", "contract.pdf"], 65, &["font"]);
    refused(&["--visible", "top-left", "--format", "cades"], 64, &["--visible"]);
    refused(&["--visible", "top-left:0,0,900,900"], 1, &[]);
    assert!(!desk.path("x.pdf").exists());
}

/// PNG, 1 by 1, red; zlib with a stored block.
fn red_pixel() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut pack = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut pack, &[0, 255, 0, 0]).unwrap();
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
    for (kind, data) in [(b"IHDR", &header[..]), (b"IDAT", &pack.finish().unwrap()), (b"IEND", &[])] {
        png.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        let chunk = [&kind[..], data].concat();
        let mut crc = flate2::Crc::new();
        crc.update(&chunk);
        png.extend_from_slice(&chunk);
        png.extend_from_slice(&crc.sum().to_be_bytes());
    }
    png
}

#[test]
fn statements_that_make_no_sense_are_refused() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--commitment", "love"]).failed(64, &["love"]);
    desk.sign_with("p256", &["contract.pdf", "--policy", "1.2.3"]).failed(64, &["--policy-file"]);
    desk.sign_with("p256", &["contract.pdf", "--policy", "x", "--policy-file", "p"]).failed(64, &["object identifier"]);
    desk.sign_with("p256", &["contract.pdf", "--policy", "1.2.3", "--policy-file", "none"]).failed(66, &["none"]);
    desk.sign_with("p256", &["contract.pdf", "--role", ""]).failed(1, &["role"]);
    assert_eq!(desk.names(), ["contract.pdf"]);
}

#[test]
fn a_large_file_is_copied_beside_and_signed_whole() {
    let desk = Desk::new();
    // A comment before the end makes a sound PDF of 40 MB.
    let contract = std::fs::read(contract()).unwrap();
    let at = contract.windows(9).rposition(|word| word == b"startxref").unwrap();
    let filler = [&b"%"[..], &[b'x'; 79], b"\n"].concat().repeat(500_000);
    let large = [&contract[..at], &filler, &contract[at..]].concat();
    desk.put("large.pdf", &large);
    desk.sign_with("p256", &["large.pdf"]).good();
    let signed = std::fs::read(desk.path("large-signed.pdf")).unwrap();
    assert!(signed.starts_with(&large));
    pdfsig_accepts(&desk.path("large-signed.pdf"));
}

#[test]
fn the_table_of_algorithms_can_be_printed() {
    let desk = Desk::new();
    let text = desk.run(&["policy", "show"]).good().out;
    assert!(text.contains("RSA with 2048 to 2999 bits: legacy until 2028-12-31"), "{text}");
    let rows = desk.run(&["policy", "show", "--json"]).good().json();
    assert!(rows["rows"].as_array().unwrap().iter().any(|row| row["item"] == "EdDSA" && row["recommended"] == true));
}

#[test]
fn the_json_names_everything_and_speaks_english() {
    let desk = Desk::new();
    let (key, certificate) = (keys().path("p256.key"), keys().path("p256.crt"));
    let mut command = desk.command(&["sign", "contract.pdf", "--json"]);
    command.env("LC_ALL", "ja_JP.UTF-8").arg("--key").arg(key).arg("--cert").arg(certificate);
    let report = Done::from(command.output().unwrap()).good().json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["ok"], true);
    let file = &report["files"][0];
    assert_eq!(file["input"], "contract.pdf");
    assert_eq!(file["output"], "contract-signed.pdf");
    assert_eq!((&file["format"], &file["level"]), (&"PAdES".into(), &"B-B".into()));
    assert_eq!(file["field"], "Signature1");
    assert_eq!(file["bytes"], std::fs::metadata(desk.path("contract-signed.pdf")).unwrap().len());
    assert!(file["signer"]["subject"].as_str().unwrap().contains("山田 花子"), "{file}");
}

#[test]
fn people_are_told_in_their_language() {
    let desk = Desk::new();
    std::fs::copy(contract(), desk.path("b.pdf")).unwrap();
    let done = desk.sign_with("p256", &["contract.pdf", "b.pdf", "--lang", "ja"]).good();
    assert!(done.out.contains("完了 2 件、失敗 0 件"), "{done:?}");
    let quiet = desk.sign_with("p256", &["contract.pdf", "b.pdf", "--force", "--quiet"]).good();
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn several_files_are_signed_and_one_bad_one_among_them_is_told() {
    let desk = Desk::new();
    desk.put("bad.pdf", b"not a PDF");
    std::fs::copy(contract(), desk.path("third.pdf")).unwrap();
    std::fs::create_dir(desk.path("out")).unwrap();
    let files = ["contract.pdf", "bad.pdf", "missing.pdf", "third.pdf", "--out-dir", "out"];
    let done = desk.sign_with("p256", &files).failed(75, &["bad.pdf", "missing.pdf"]);
    assert!(done.out.contains("2 done, 2 failed"), "{done:?}");
    let report = desk.sign_with("p256", &[&files[..], &["--json", "--force"]].concat());
    assert_eq!(report.status, Some(75));
    let report = report.json();
    assert_eq!((&report["done"], &report["failed"]), (&2.into(), &2.into()));
    assert_eq!(report["files"][1]["error"]["exit"], 65);
    assert_eq!(report["files"][2]["error"]["exit"], 66);
    for name in ["contract.pdf", "third.pdf"] {
        pdfsig_accepts(&desk.path("out").join(name));
    }
    assert!(!desk.path("out/bad.pdf").exists());
}

#[test]
fn an_input_is_replaced_only_when_told_and_keeps_its_permissions() {
    let desk = Desk::new();
    let input = desk.path("contract.pdf");
    std::fs::set_permissions(&input, std::fs::Permissions::from_mode(0o600)).unwrap();
    desk.sign_with("p256", &["contract.pdf", "--in-place"]).good();
    pdfsig_accepts(&input);
    assert_eq!(std::fs::metadata(&input).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.names(), ["contract.pdf"]);
}

#[test]
fn a_second_signature_keeps_the_first() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--out", "one.pdf"]).good();
    desk.sign_with("rsa2048", &["one.pdf", "--out", "two.pdf"]).good();
    let (one, two) = (std::fs::read(desk.path("one.pdf")).unwrap(), std::fs::read(desk.path("two.pdf")).unwrap());
    assert!(two.starts_with(&one));
    let text = text_of(Command::new("pdfsig").arg("-nocert").arg(desk.path("two.pdf")));
    assert_eq!(text.matches("Signature is Valid").count(), 2, "{text}");
}
