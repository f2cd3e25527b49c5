//! Bad input and faults of `rakkan sign`: a clear error with its exit status, the input untouched, nothing left behind.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::keys::{contract, keys};
use support::signing::{Desk, Done};

/// Nothing but the contract lies on the desk, and it is unchanged.
fn untouched(desk: &Desk) {
    assert_eq!(desk.names(), ["contract.pdf"]);
    assert_eq!(std::fs::read(desk.path("contract.pdf")).unwrap(), std::fs::read(contract()).unwrap());
}

fn with(desk: &Desk, key: &PathBuf, certificate: Option<PathBuf>, more: &[&str]) -> Done {
    let mut command = desk.command(&["sign", "contract.pdf", "--key"]);
    command.arg(key).args(more);
    if let Some(certificate) = certificate {
        command.arg("--cert").arg(certificate);
    }
    Done::from(command.output().unwrap())
}

#[test]
fn wrong_usage_has_status_64() {
    let desk = Desk::new();
    desk.run(&["sign"]).failed(64, &["FILE"]);
    desk.run(&["sgin"]).failed(64, &["sign"]);
    desk.sign_with("p256", &["contract.pdf", "--level", "b-t"]).failed(64, &["--tsa"]);
    desk.sign_with("p256", &["contract.pdf", "--level", "b-b", "--tsa", "http://tsa.example"]).failed(64, &["--tsa"]);
    desk.sign_with("p256", &["contract.pdf", "--tsa", "not a url"]).failed(69, &["not a url"]);
    desk.sign_with("p256", &["contract.pdf", "b.pdf", "--out", "o.pdf"]).failed(64, &["--out-dir"]);
    desk.sign_with("p256", &["contract.pdf", "--digest", "sha512"]).failed(64, &["P-256", "SHA-512"]);
    untouched(&desk);
}

#[test]
fn a_wrong_password_is_refused() {
    let file = keys().pkcs12("p256", "wrong.p12", &[]);
    let wrong = keys().file("wrong-password", b"raten\n");
    let desk = Desk::new();
    with(&desk, &file, None, &["--password-file", wrong.to_str().unwrap()]).failed(77, &["password", "wrong.p12"]);
    keys().openssl("pkcs8 -topk8 -in p256.key -out wrong.key -v2 aes-256-cbc", &["-passout", "pass:geheim"]);
    let certificate = keys().path("p256.crt");
    let options = ["--password-file", wrong.to_str().unwrap()];
    with(&desk, &keys().path("wrong.key"), Some(certificate), &options).failed(77, &["password"]);
    untouched(&desk);
}

#[test]
fn nobody_is_asked_for_a_password_without_a_terminal() {
    let file = keys().pkcs12("p256", "ask.p12", &[]);
    let desk = Desk::new();
    with(&desk, &file, None, &[]).failed(77, &["--password-file"]);
    untouched(&desk);
}

#[test]
fn an_altered_pkcs12_file_is_refused_before_anything_in_it_is_used() {
    let file = keys().pkcs12("p256", "sound.p12", &[]);
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = keys().file("altered.p12", &bytes);
    let desk = Desk::new();
    desk.sign_with_pkcs12(&altered, keys()).failed(77, &["altered.p12"]);
    let cut = keys().file("cut.p12", &bytes[..middle]);
    desk.sign_with_pkcs12(&cut, keys()).failed(65, &["cut.p12", "damaged"]);
    untouched(&desk);
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let desk = Desk::new();
    let (key, other) = (keys().path("p256.key"), keys().path("p384.crt"));
    with(&desk, &key, Some(other), &[]).failed(1, &["belongs to the key"]);
    with(&desk, &key, None, &[]).failed(64, &["--cert"]);
    with(&desk, &keys().path("none.key"), None, &[]).failed(66, &["none.key"]);
    with(&desk, &keys().path("p256.crt"), None, &[]).failed(65, &["no private key"]);
    untouched(&desk);
}

#[test]
fn a_certificate_that_is_not_valid_now_or_not_for_signing_is_refused() {
    let desk = Desk::new();
    let key = keys().path("p256.key");
    // openssl counts validity from now, so the past needs a CA's command.
    std::fs::write(
        keys().path("ca.cnf"),
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nunique_subject=no\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nx509_extensions=signer\n\
         [p]\ncommonName=supplied\n[signer]\nkeyUsage=critical,nonRepudiation\n",
    )
    .unwrap();
    keys().file("index.txt", b"");
    keys().openssl("req -new -key p256.key -out past.csr -subj", &["/CN=Past"]);
    for (name, start, end) in
        [("past", "20200101000000Z", "20210101000000Z"), ("future", "20990101000000Z", "21000101000000Z")]
    {
        let words = format!(
            "ca -batch -config ca.cnf -cert root.pem -keyfile root.key -in past.csr -notext -out {name}.crt -startdate {start} -enddate {end}"
        );
        keys().openssl(&words, &[]);
    }
    with(&desk, &key, Some(keys().path("past.crt")), &[]).failed(1, &["Past", "expired on 2021-01-01"]);
    with(&desk, &key, Some(keys().path("future.crt")), &[]).failed(1, &["not valid before 2099-01-01"]);
    let unfit = keys().certify("p256", "unfit", "unfit", &["-days", "30"]);
    with(&desk, &key, Some(unfit), &[]).failed(1, &["not meant for signing"]);
    untouched(&desk);
}

#[test]
fn a_short_rsa_key_is_refused() {
    keys().openssl("req -x509 -newkey rsa:1024 -nodes -keyout short.key -out short.crt -days 9 -subj", &["/CN=Short"]);
    let desk = Desk::new();
    with(&desk, &keys().path("short.key"), Some(keys().path("short.crt")), &[]).failed(1, &["2048"]);
    untouched(&desk);
}

#[test]
fn outputs_that_exist_and_inputs_under_another_name_stay() {
    let desk = Desk::new();
    desk.put("there.pdf", b"precious");
    desk.sign_with("p256", &["contract.pdf", "--out", "there.pdf"]).failed(73, &["there.pdf", "--force"]);
    assert_eq!(std::fs::read(desk.path("there.pdf")).unwrap(), b"precious");
    std::fs::remove_file(desk.path("there.pdf")).unwrap();
    std::fs::hard_link(desk.path("contract.pdf"), desk.path("hard.pdf")).unwrap();
    std::os::unix::fs::symlink("contract.pdf", desk.path("soft.pdf")).unwrap();
    for out in ["contract.pdf", "./contract.pdf", "hard.pdf", "soft.pdf"] {
        desk.sign_with("p256", &["contract.pdf", "--force", "--out", out]).failed(64, &["--in-place"]);
    }
    for link in ["hard.pdf", "soft.pdf"] {
        std::fs::remove_file(desk.path(link)).unwrap();
    }
    desk.sign_with("p256", &["contract.pdf", "--out", "no/such/folder.pdf"]).failed(73, &["no/such/folder.pdf"]);
    untouched(&desk);
}

#[test]
fn documents_that_cannot_be_signed_are_told_apart() {
    let desk = Desk::new();
    for (name, content, status, word) in [
        ("empty.pdf", &b""[..], 65, "empty"),
        ("text.pdf", b"Dear reader", 65, "not a PDF"),
        ("cut.pdf", &std::fs::read(contract()).unwrap()[..5000], 65, "cut off"),
    ] {
        desk.put(name, content);
        desk.sign_with("p256", &[name]).failed(status, &[name, word]);
        std::fs::remove_file(desk.path(name)).unwrap();
    }
    desk.sign_with("p256", &["missing.pdf"]).failed(66, &["missing.pdf"]);
    desk.sign_with("p256", &["."]).failed(65, &[]);
    untouched(&desk);
}

#[test]
fn a_field_that_is_signed_already_is_refused() {
    let desk = Desk::new();
    desk.sign_with("p256", &["contract.pdf", "--field", "A", "--out", "one.pdf"]).good();
    desk.sign_with("p256", &["one.pdf", "--field", "A"]).failed(1, &["already signed"]);
    assert_eq!(desk.names(), ["contract.pdf", "one.pdf"]);
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let desk = Desk::new();
    // The limit on file sizes stands in for the disk: blocks of 512 bytes, less than the contract has.
    let (key, certificate) = (keys().path("p256.key"), keys().path("p256.crt"));
    let script = format!(
        "ulimit -f 20; exec {} sign contract.pdf --key {} --cert {}",
        env!("CARGO_BIN_EXE_rakkan"),
        key.display(),
        certificate.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(desk.path(""));
    Done::from(command.output().unwrap()).failed(73, &["contract-signed.pdf", "nothing is left"]);
    untouched(&desk);
}

#[test]
fn an_interrupt_while_an_authority_is_silent_leaves_nothing_behind() {
    let desk = Desk::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let mut command =
        desk.command(&["sign", "contract.pdf", "--tsa", &url, "--tsa-timeout", "600", "--in-place", "--key"]);
    command.arg(keys().path("p256.key")).arg("--cert").arg(keys().path("p256.crt"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The request has come: the program waits for the answer that never comes.
    let (stream, _) = silent.accept().unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("POST"), "{line}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = child.wait().unwrap();
    assert!(!status.success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "");
    untouched(&desk);
}

#[test]
fn no_option_takes_a_password_itself_and_examples_come_first() {
    let help = support::rakkan().args(["sign", "--help"]).output().unwrap();
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(text.contains("--password-file") && text.contains("--password-fd"), "{text}");
    assert!(!text.contains("--password <"), "{text}");
    assert!(text.find("Examples:").unwrap() < text.find("Usage:").unwrap(), "{text}");
}
