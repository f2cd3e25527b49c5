//! Revocation lists, OCSP answers and certificate bundles of others: read as another reader reads them, or refused.
#![allow(clippy::disallowed_methods, reason = "corpora are files")]

mod support;

use std::path::Path;

use ades::crypto::AwsLc;
use ades::evidence::{CertificateStatus, Crl, FormatError, OcspResponse, ResponderId, certificates_of_bundle};
use ades::x509::Certificate;
use der::Decode;
use proptest::prelude::*;
use support::corpus;
use x509_cert::crl::CertificateList;

const LIST: &[u8] = include_bytes!("../../../fuzz/corpus/ades_crl/one-revoked");
const GOOD: &[u8] = include_bytes!("../../../fuzz/corpus/ades_ocsp/good");
const UNAUTHORIZED: &[u8] = include_bytes!("../../../fuzz/corpus/ades_ocsp/unauthorized");
const CA: &[u8] = include_bytes!("../../../fuzz/data/ca.der");
const SIGNER: &[u8] = include_bytes!("../../../fuzz/data/signer.der");

fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().unwrap_or_default() == ending)
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

/// The bytes of the first PEM block of this label.
fn pem(text: &[u8], label: &str) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once("-----END")?;
    let body: Vec<u8> = body.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let body: Vec<_> = body.chunks(64).map(String::from_utf8_lossy).collect();
    let body = body.join("\n");
    let whole = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    der::pem::decode_vec(whole.as_bytes()).ok().map(|(_, bytes)| bytes)
}

#[test]
fn a_list_keeps_its_bytes_and_says_what_another_reader_says() {
    let list = Crl::from_der(LIST).unwrap();
    let other = <CertificateList>::from_der(LIST).unwrap().tbs_cert_list;
    let revoked = other.revoked_certificates.unwrap_or_default();
    assert_eq!(list.der(), LIST);
    assert_eq!(list.len(), revoked.len());
    assert_eq!(list.this_update(), other.this_update.to_unix_duration().as_secs());
    assert_eq!(list.next_update(), other.next_update.map(|time| time.to_unix_duration().as_secs()));
    let entry = list.revocation_of(revoked[0].serial_number.as_bytes()).unwrap();
    assert_eq!(entry.at, revoked[0].revocation_date.to_unix_duration().as_secs());
    assert_eq!(list.revocation_of(&[1, 2, 3]), None);
}

#[test]
fn an_ocsp_answer_keeps_its_bytes_in_both_envelopes() {
    let answer = OcspResponse::from_der(GOOD).unwrap();
    assert_eq!(answer.der(), GOOD);
    let again = OcspResponse::from_basic_der(answer.basic_der()).unwrap();
    assert_eq!(again.basic_der(), answer.basic_der());
    assert_eq!(again, answer, "the envelope has one form in DER");
}

#[test]
fn an_ocsp_answer_is_about_the_certificate_it_names_and_no_other() {
    let (ca, signer) = (Certificate::from_der(CA).unwrap(), Certificate::from_der(SIGNER).unwrap());
    let answer = OcspResponse::from_der(GOOD).unwrap();
    let status = answer.status_of(&signer, &ca).unwrap();
    assert_eq!(status.status(), CertificateStatus::Good);
    assert_eq!(answer.status_of(&ca, &ca), None);
    assert_eq!(answer.status_of(&signer, &signer), None, "the issuer's key counts, not only its name");
    let responder = answer.certificates().iter().find(|one| answer.responder().names(one)).unwrap();
    answer.verify_signed_by(responder, &AwsLc).unwrap();
    assert!(answer.verify_signed_by(&signer, &AwsLc).is_err());
    assert!(ResponderId::Name(responder.subject().clone()).names(responder));
}

#[test]
fn an_answer_without_a_status_says_so() {
    assert_eq!(OcspResponse::from_der(UNAUTHORIZED), Err(FormatError::NoStatus { code: 6 }));
}

#[test]
fn a_bundle_is_a_certificate_or_a_pkcs7_of_them() {
    assert_eq!(certificates_of_bundle(CA).unwrap(), [Certificate::from_der(CA).unwrap()]);
    let set = support::der::tlv(0xa0, &[CA, SIGNER].concat());
    let data = support::der::seq(&[&support::der::oid("1.2.840.113549.1.7.1")]);
    let inner = support::der::seq(&[&[2, 1, 1], &[0x31, 0], &data, &set, &[0x31, 0]]);
    let signed_data = support::der::oid("1.2.840.113549.1.7.2");
    let bundle = support::der::seq(&[&signed_data, &support::der::tlv(0xa0, &inner)]);
    let read = certificates_of_bundle(&bundle).unwrap();
    assert_eq!(read.iter().map(Certificate::der).collect::<Vec<_>>(), [CA, SIGNER]);
    assert!(certificates_of_bundle(&[bundle.as_slice(), &[0]].concat()).is_err());
    assert!(certificates_of_bundle(b"<html>Not found</html>").is_err());
}

#[test]
fn the_lists_of_pkits_are_read_as_another_reader_reads_them() {
    let Some(folder) = corpus("pkits/crls") else { return };
    let all = files(&folder, "crl");
    let mut entries = 0;
    for (name, bytes) in &all {
        let list = Crl::from_der(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let other = <CertificateList>::from_der(bytes).unwrap_or_else(|error| panic!("{name}: {error}")).tbs_cert_list;
        assert_eq!(list.this_update(), other.this_update.to_unix_duration().as_secs(), "{name}");
        let revoked = other.revoked_certificates.unwrap_or_default();
        assert_eq!(list.len(), revoked.len(), "{name}");
        for entry in &revoked {
            let found = list.revocation_of(entry.serial_number.as_bytes());
            assert!(found.is_some(), "{name}: {}", entry.serial_number);
        }
        entries += revoked.len();
    }
    assert!(all.len() > 150 && entries >= 40, "{} lists, {entries} entries", all.len());
}

#[test]
fn the_certificates_of_pkits_are_read() {
    let Some(folder) = corpus("pkits/certs") else { return };
    let all = files(&folder, "crt");
    for (name, bytes) in &all {
        let certificate = Certificate::from_der(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(certificate.der(), bytes, "{name}");
    }
    assert!(all.len() > 400, "{}", all.len());
}

#[test]
fn odd_and_malformed_certificates_and_lists_are_read_or_refused() {
    let Some(folder) = corpus("zlint-certs/testdata") else { return };
    let (mut certificates, mut lists, mut refused) = (0, 0, 0);
    for (name, text) in files(&folder, "pem") {
        if let Some(bytes) = pem(&text, "CERTIFICATE") {
            match Certificate::from_der(&bytes) {
                Ok(certificate) => {
                    assert_eq!(certificate.der(), bytes, "{name}");
                    let _ = (certificate.subject().to_string(), certificate.serial_hex());
                    certificates += 1;
                }
                Err(_) => refused += 1,
            }
        } else if let Some(bytes) = pem(&text, "X509 CRL") {
            match Crl::from_der(&bytes) {
                Ok(list) => {
                    assert_eq!(list.der(), bytes, "{name}");
                    lists += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(certificates > 1_000 && lists > 30, "{certificates} certificates, {lists} lists, {refused} refused");
}

proptest! {
    #[test]
    fn a_changed_byte_of_a_list_is_refused_or_found_by_its_signature(position in 0_usize..100_000, change in 1_u8..) {
        let ca = Certificate::from_der(CA).unwrap();
        let mut changed = LIST.to_vec();
        let position = position % changed.len();
        changed[position] ^= change;
        if let Ok(list) = Crl::from_der(&changed)
            && list.verify_signed_by(&ca, &AwsLc).is_ok()
        {
            // Outside the signed part there is only the unused-bits octet and the lengths of the envelope.
            let original = Crl::from_der(LIST).unwrap();
            prop_assert_eq!(
                (list.this_update(), list.next_update(), list.len()),
                (original.this_update(), original.next_update(), original.len())
            );
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Crl::from_der(&bytes).is_err());
        prop_assert!(OcspResponse::from_der(&bytes).is_err());
        prop_assert!(OcspResponse::from_basic_der(&bytes).is_err());
        prop_assert!(certificates_of_bundle(&bytes).is_err());
    }
}
