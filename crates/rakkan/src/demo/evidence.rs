//! What a verifier needs beside the signed file: chain, root, CRLs and OCSP answers, fetched as an outsider would.

use ades::crypto::AwsLc;
use ades::tsp::TimestampToken;
use ades::x509::Certificate;
use anyhow::Context;
use connectors::http::{HttpClient, HttpRequest};
use connectors::revocation::crl::RevocationList;
use connectors::revocation::ocsp::{OcspAnswer, OcspQuestion};

use super::setup::Folder;

/// Fetches and checks the evidence for the signer's and the TSA's certificates and writes it to `evidence/`.
pub async fn collect(
    folder: &Folder,
    http: &HttpClient,
    signer: &[Certificate],
    token: &TimestampToken,
    root: &Certificate,
    now: u64,
) -> anyhow::Result<usize> {
    let mut files = 0;
    let tsa = tsa_path(http, token, root).await?;
    for (name, path) in [("signer", signer), ("tsa", tsa.as_slice())] {
        for (depth, certificate) in path.iter().enumerate() {
            if certificate == root {
                continue;
            }
            let issuer = path.get(depth + 1).unwrap_or(root);
            folder.write(&format!("evidence/{name}-{depth}.cer"), certificate.der())?;
            let crl = certificate.crl_urls().first().context("a certificate of the demo names no CRL")?;
            let list = RevocationList::fetch(http, crl, issuer, now, &AwsLc).await?;
            folder.write(&format!("evidence/{name}-{depth}.crl"), list.der())?;
            files += 2;
            if let Some(url) = certificate.ocsp_urls().first() {
                let question = OcspQuestion { certificate, issuer, nonce: None };
                let answer = OcspAnswer::fetch(http, url, &question, now, &AwsLc).await?;
                folder.write(&format!("evidence/{name}-{depth}.ors"), answer.der())?;
                files += 1;
            }
        }
    }
    Ok(files)
}

/// The TSA's certificate and those above it, up to and without the root, found by their caIssuers addresses.
async fn tsa_path(http: &HttpClient, token: &TimestampToken, root: &Certificate) -> anyhow::Result<Vec<Certificate>> {
    let mut path: Vec<Certificate> = token.certificates().into_iter().filter(|one| !one.is_ca()).take(1).collect();
    while let Some(last) = path.last().filter(|last| last.issuer() != root.subject()) {
        let url = last.ca_issuers_urls().first().context("a certificate of the demo names no issuer address")?;
        let answer = http.send_for_ok(HttpRequest::get(url)).await?;
        path.push(Certificate::from_der(&answer.body)?);
        anyhow::ensure!(path.len() < 8, "the TSA's certificates lead nowhere");
    }
    Ok(path)
}
