//! From a certificate up to a pinned root: names, signatures, CA flags and validity at a time. Part of RFC 5280 6.1.
//!
//! Enough to know that an answer comes from under a root that the operator pinned. It is no validation: policies, name constraints
//! and revocation belong to the validation of a signature.

use ades::crypto::CryptoProvider;
use ades::x509::Certificate;

/// The most certificates between the first and the root.
const LONGEST: usize = 6;

/// The certificates from `leaf` (first) to one of `roots` (last), with `others` in between; `None` if there is no such path.
///
/// Every certificate but the leaf must be a CA's; all but the root must be valid at `at`.
pub fn path_to_root(
    leaf: &Certificate,
    others: &[Certificate],
    roots: &[Certificate],
    at: u64,
    provider: &dyn CryptoProvider,
) -> Option<Vec<Certificate>> {
    let mut path = vec![leaf.clone()];
    extend(&mut path, others, roots, at, provider).then_some(path)
}

fn extend(
    path: &mut Vec<Certificate>,
    others: &[Certificate],
    roots: &[Certificate],
    at: u64,
    provider: &dyn CryptoProvider,
) -> bool {
    let Some(last) = path.last().cloned() else { return false };
    if roots.contains(&last) {
        return true;
    }
    if path.len() > LONGEST || at < last.not_before() || at > last.not_after() {
        return false;
    }
    for issuer in roots.iter().chain(others) {
        let may_issue = issuer.is_ca() && issuer.may_sign_certificates() && !path.contains(issuer);
        if !may_issue || last.verify_issued_by(issuer, provider).is_err() {
            continue;
        }
        path.push(issuer.clone());
        if extend(path, others, roots, at, provider) {
            return true;
        }
        path.pop();
    }
    false
}
