//! What a verifier needs beside the signed file: chain, root, CRLs and OCSP answers, fetched as an outsider would.

use ades::crypto::AwsLc;
use ades::evidence::{
    Crl, Evidence, EvidencePolicy, OcspQuestion, OcspResponse, Subject, certificates_of_bundle, plan,
};
use ades::tsp::TimestampToken;
use ades::x509::Certificate;
use anyhow::Context;
use connectors::evidence::{EvidenceRequest, EvidenceSource};
use connectors::http::HttpClient;

use super::setup::Folder;

/// Fetches and checks the evidence for the signer's and the TSA's certificates and writes it to `evidence/`.
pub async fn collect(
    folder: &Folder,
    http: &HttpClient,
    signer: &[Certificate],
    token: Option<&TimestampToken>,
    root: &Certificate,
    now: u64,
) -> anyhow::Result<usize> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut pool = Evidence::new();
    let tsa = match token {
        Some(token) => tsa_path(http, token, root).await?,
        None => Vec::new(),
    };
    for (name, path) in [("signer", signer), ("tsa", tsa.as_slice())] {
        for (depth, certificate) in path.iter().filter(|one| *one != root).enumerate() {
            let issuer = path.get(depth + 1).unwrap_or(root);
            pool.add_certificate(certificate.clone());
            files.push((format!("evidence/{name}-{depth}.cer"), certificate.der().to_vec()));
            let url = certificate.crl_urls().first().context("a certificate of the demo names no CRL")?.clone();
            let list = Crl::from_der(&http.fetch(&EvidenceRequest::Crl { url }).await?)?;
            files.push((format!("evidence/{name}-{depth}.crl"), list.der().to_vec()));
            pool.add_crl(list);
            if let Some(url) = certificate.ocsp_urls().first() {
                let request = OcspQuestion { certificate, issuer, nonce: None }.to_der();
                let asked = EvidenceRequest::Ocsp { url: url.clone(), request };
                let answer = OcspResponse::from_der(&http.fetch(&asked).await?)?;
                files.push((format!("evidence/{name}-{depth}.ors"), answer.der().to_vec()));
                pool.add_ocsp(answer);
            }
        }
    }
    let stamped = token.map_or(now, |token| token.info().time);
    let signer = signer.first().context("the credential has no certificate")?.clone();
    let mut subjects = vec![Subject::signer(signer, stamped)];
    if let Some(token) = token {
        subjects.push(Subject::of_token(token, pool.certificates(), now.max(stamped), &AwsLc)?);
    }
    plan(&subjects, &pool, std::slice::from_ref(root), &EvidencePolicy::default(), now, &AwsLc)?.into_complete()?;
    for (name, bytes) in &files {
        folder.write(name, bytes)?;
    }
    Ok(files.len())
}

/// The TSA's certificate and those above it, up to and without the root, found by their caIssuers addresses.
async fn tsa_path(http: &HttpClient, token: &TimestampToken, root: &Certificate) -> anyhow::Result<Vec<Certificate>> {
    let mut path: Vec<Certificate> = token.certificates().into_iter().filter(|one| !one.is_ca()).take(1).collect();
    while let Some(last) = path.last().filter(|last| last.issuer() != root.subject()) {
        let url = last.ca_issuers_urls().first().context("a certificate of the demo names no issuer address")?.clone();
        path.append(&mut certificates_of_bundle(&http.fetch(&EvidenceRequest::Issuer { url }).await?)?);
        anyhow::ensure!(path.len() < 8, "the TSA's certificates lead nowhere");
    }
    Ok(path)
}
