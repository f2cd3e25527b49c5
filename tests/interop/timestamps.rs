//! Time-stamp answers from the test suite of another program (rfc3161-client): our reader and openssl say what that suite expects.

use std::io::Write;
use std::path::Path;

use ades::crypto::AwsLc;
use ades::evidence::path_to_anchor;
use ades::tsp::{TimestampRequest, TimestampResponse};
use ades::x509::Certificate;
use tempfile::NamedTempFile;
use x509_cert::der::Document;
use x509_cert::der::pem::LineEnding;

use crate::surroundings::{program, run, shared};

/// What the time-stamp has to be over.
#[derive(Clone, Copy)]
enum Over {
    Data(&'static str),
    Query(&'static str),
}

struct Case {
    answer: &'static str,
    over: Over,
    chain: &'static str,
    /// Within the validity of the certificates.
    at: u64,
    good: bool,
}

const fn case(answer: &'static str, over: Over, chain: &'static str, at: u64, good: bool) -> Case {
    Case { answer, over, chain, at, good }
}

const HELLO: Over = Over::Data("hello");
const OWN: Over = Over::Query("test_tsa/request.der");
const OTHER: Over = Over::Query("test_tsa/other_request.der");
const LOCAL: &str = "test_tsa/ts_chain.pem";
const STAGE: &str = "sigstage/ts_chain.pem";

const CASES: [Case; 11] = [
    case("test_tsa/response.tsr", OWN, LOCAL, 1_735_000_000, true),
    case("test_tsa/response.tsr", OTHER, LOCAL, 1_735_000_000, false),
    // Certificates of strangers beside the authority's own do no harm.
    case("test_tsa/response-injected-certs.tsr", OWN, LOCAL, 1_735_000_000, true),
    // Good in itself, but by an authority that is not under this root.
    case("test_tsa/other_response.tsr", OTHER, LOCAL, 1_735_000_000, false),
    case("sigstage/response-sha256.tsr", HELLO, STAGE, 1_750_300_000, true),
    case("sigstage/response-sha384.tsr", HELLO, STAGE, 1_750_300_000, true),
    case("sigstage/response-sha512.tsr", HELLO, STAGE, 1_750_300_000, true),
    case("sigstage/response-sha512.tsr", Over::Data("hullo"), STAGE, 1_750_300_000, false),
    case("sigstage/response-invalid-signature.tsr", HELLO, STAGE, 1_750_300_000, false),
    case("sigstage/response-no-embedded-cert.tsr", HELLO, STAGE, 1_750_300_000, true),
    case("identrust/issue-104.tsr", HELLO, "identrust/ts_chain.pem", 1_742_000_000, true),
];

/// The certificates of a file, which may be PEM or (whatever its name says) DER.
fn chain(path: &Path) -> Vec<Certificate> {
    let bytes = std::fs::read(path).unwrap();
    let Ok(text) = std::str::from_utf8(&bytes) else { return vec![Certificate::from_der(&bytes).unwrap()] };
    let blocks = text.split_inclusive("-----END CERTIFICATE-----").filter(|block| block.contains("-----BEGIN"));
    let der = |block: &str| Document::from_pem(&block[block.find("-----BEGIN").unwrap()..]).unwrap().1;
    blocks.map(|block| Certificate::from_der(der(block).as_bytes()).unwrap()).collect()
}

/// The same certificates as openssl wants them.
fn pem(certificates: &[Certificate]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    for certificate in certificates {
        let document = Document::try_from(certificate.der()).unwrap();
        file.write_all(document.to_pem("CERTIFICATE", LineEnding::LF).unwrap().as_bytes()).unwrap();
    }
    file
}

/// Good signature of an authority under the chain's root, over what it has to be over.
fn ours(folder: &Path, case: &Case) -> bool {
    let response = TimestampResponse::from_der(&std::fs::read(folder.join(case.answer)).unwrap()).unwrap();
    let token = response.unchecked_token().unwrap().clone();
    let over = match case.over {
        Over::Data(data) => token.require_imprint_of(data.as_bytes()).is_ok(),
        Over::Query(query) => {
            let request = TimestampRequest::from_der(&std::fs::read(folder.join(query)).unwrap()).unwrap();
            response.into_token(&request, &AwsLc).is_ok()
        }
    };
    let chain = chain(&folder.join(case.chain));
    let (anchors, mut others): (Vec<_>, Vec<_>) = chain.into_iter().partition(Certificate::is_self_issued);
    others.extend(token.certificates());
    over && token
        .verify(&others, &AwsLc)
        .is_ok_and(|authority| path_to_anchor(&authority, &others, &anchors, case.at, &AwsLc).is_some())
}

fn openssl(folder: &Path, case: &Case) -> Option<bool> {
    let mut command = program("openssl")?;
    let data = NamedTempFile::new().unwrap();
    command.args(["ts", "-verify", "-attime", &case.at.to_string(), "-in"]).arg(folder.join(case.answer));
    match case.over {
        Over::Data(text) => {
            std::fs::write(data.path(), text).unwrap();
            command.arg("-data").arg(data.path())
        }
        Over::Query(query) => command.arg("-queryfile").arg(folder.join(query)),
    };
    let chain = pem(&chain(&folder.join(case.chain)));
    command.arg("-CAfile").arg(chain.path()).arg("-untrusted").arg(chain.path());
    Some(run(&mut command).0)
}

#[test]
fn answers_of_other_authorities_are_judged_as_expected_and_as_openssl_judges_them() {
    let Some(folder) = shared("corpora/rfc3161-client/fixtures") else { return };
    for case in &CASES {
        assert_eq!(ours(&folder, case), case.good, "{}", case.answer);
        if let Some(said) = openssl(&folder, case) {
            assert_eq!(said, case.good, "openssl of {}", case.answer);
        }
    }
}
