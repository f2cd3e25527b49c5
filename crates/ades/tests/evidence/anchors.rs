//! Paths to a pinned root by themselves: who may issue for whom.

use crate::ground::{DAY, NOW};
use ades::crypto::AwsLc;
use ades::evidence::path_to_anchor;
use ades::x509::Certificate;
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::certificate::{CertificateContent, sign_certificate};
use test_support::pki::extension;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;

fn certificate(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// A name with its key and certificate.
struct Holder {
    name: Vec<u8>,
    key: AuthorityKey,
    certificate: Certificate,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ca,
    Signer,
}

/// A certificate of `kind` issued by `issuer`, or self-signed; valid for `days` from the day before [`NOW`].
fn issue(common_name: &str, kind: Kind, issuer: Option<&Holder>, days: u64) -> Holder {
    let (name, key) = (distinguished_name("O", common_name).unwrap(), AuthorityKey::generate(KeyKind::P256).unwrap());
    let content = CertificateContent {
        serial: &[0x42, 1],
        issuer: issuer.map_or(&name, |holder| &holder.name),
        subject: &name,
        spki: key.spki(),
        validity: (NOW - DAY, NOW - DAY + days * DAY),
        extensions: if kind == Kind::Ca { extension::authority(9) } else { extension::signer() }.unwrap(),
    };
    let der = sign_certificate(content, issuer.map_or(&key, |holder| &holder.key)).unwrap();
    Holder { certificate: certificate(&der), name, key }
}

fn path(leaf: &Holder, others: &[&Holder], root: &Holder, at: u64) -> Option<usize> {
    let others: Vec<Certificate> = others.iter().map(|holder| holder.certificate.clone()).collect();
    let roots = [root.certificate.clone()];
    path_to_anchor(&leaf.certificate, &others, &roots, at, &AwsLc).map(|path| path.len())
}

#[test]
fn a_path_over_two_authorities_is_found_whatever_the_order_of_the_certificates() {
    let root = issue("root", Kind::Ca, None, 100);
    let upper = issue("upper", Kind::Ca, Some(&root), 100);
    let lower = issue("lower", Kind::Ca, Some(&upper), 100);
    let leaf = issue("leaf", Kind::Signer, Some(&lower), 100);
    assert_eq!(path(&leaf, &[&lower, &upper], &root, NOW), Some(4));
    assert_eq!(path(&leaf, &[&leaf, &upper, &root, &lower], &root, NOW), Some(4));
    assert_eq!(path(&leaf, &[&upper], &root, NOW), None);
    assert_eq!(path(&root, &[], &root, NOW), Some(1));
}

#[test]
fn a_signer_cannot_issue_certificates() {
    let root = issue("root", Kind::Ca, None, 100);
    let signer = issue("signer", Kind::Signer, Some(&root), 100);
    let forged = issue("forged", Kind::Signer, Some(&signer), 100);
    assert_eq!(path(&forged, &[&signer], &root, NOW), None);
}

#[test]
fn an_expired_certificate_on_the_way_breaks_the_path() {
    let root = issue("root", Kind::Ca, None, 100);
    let expired = issue("ca", Kind::Ca, Some(&root), 10);
    let leaf = issue("leaf", Kind::Signer, Some(&expired), 100);
    assert_eq!(path(&leaf, &[&expired], &root, NOW + 9 * DAY), Some(3));
    assert_eq!(path(&leaf, &[&expired], &root, NOW + 9 * DAY + 1), None);
    assert_eq!(path(&leaf, &[&expired], &root, NOW - DAY - 1), None);
}

#[test]
fn a_namesake_of_the_root_leads_nowhere() {
    let (root, namesake) = (issue("root", Kind::Ca, None, 100), issue("root", Kind::Ca, None, 100));
    let leaf = issue("leaf", Kind::Signer, Some(&namesake), 100);
    assert_eq!(path(&leaf, &[&namesake], &root, NOW), None);
}

#[test]
fn a_path_that_is_too_long_is_given_up() {
    let root = issue("root", Kind::Ca, None, 100);
    let mut chain = vec![issue("ca0", Kind::Ca, Some(&root), 100)];
    for depth in 1..9 {
        let next = issue(&format!("ca{depth}"), Kind::Ca, chain.last(), 100);
        chain.push(next);
    }
    let all: Vec<&Holder> = chain.iter().collect();
    assert_eq!(path(&chain[7], &all, &root, NOW), Some(9));
    assert_eq!(path(&chain[8], &all, &root, NOW), None);
}

#[test]
fn authorities_that_certify_each_other_do_not_lead_in_circles() {
    let plan = |label| CaPlan::in_memory(label, label);
    let root = DevelopmentCa::root(&plan("root"), NOW, &SystemRandomness).unwrap();
    let (one, two) = (issue("one", Kind::Ca, None, 100), issue("two", Kind::Ca, None, 100));
    let crossed = |subject: &Holder, issuer: &Holder| {
        let content = CertificateContent {
            serial: &[0x42, 2],
            issuer: &issuer.name,
            subject: &subject.name,
            spki: subject.key.spki(),
            validity: (NOW - DAY, NOW + DAY),
            extensions: extension::authority(9).unwrap(),
        };
        certificate(&sign_certificate(content, &issuer.key).unwrap())
    };
    let others = [crossed(&one, &two), crossed(&two, &one), one.certificate.clone(), two.certificate.clone()];
    let leaf = issue("leaf", Kind::Signer, Some(&one), 100);
    let roots = [certificate(root.certificate())];
    assert!(path_to_anchor(&leaf.certificate, &others, &roots, NOW, &AwsLc).is_none());
}
