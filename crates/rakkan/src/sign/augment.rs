//! Raises signatures in PDFs: a document time-stamp for those that have none (B-T), validation data (B-LT), a document time-stamp over
//! all of that (B-LTA), and again. EN 319 142-1 6. Nothing that is there is changed.

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::evidence::{Evidence, Subject};
use ades::pades::{
    InspectedSignature, Inspection, OpenOptions, SignatureEvidence, SignatureKind, ValidationDataOptions,
    VerifySignaturesError, add_validation_data, inspect,
};
use ades::pdf::{FileSource, PdfError};
use ades::tsp::TimestampToken;
use ades::x509::Certificate;

use super::draft::Draft;
use super::error::SignError;
use super::evidence::{Evidences, read_evidence};
use super::pades::Stamp;
use super::timestamp::append_document_timestamp;
use super::timestamps::Timestamps;
use crate::moment::now;

/// Which signatures get validation data.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    /// The one in this field.
    Field(&'a str),
    /// All that are intact.
    All,
}

/// What was added.
#[derive(Debug, Clone, Default)]
pub struct Added {
    /// Fields whose signatures got validation data.
    pub fields: Vec<String>,
    /// Certificates, revocation lists and OCSP answers in the evidence.
    pub counts: [usize; 3],
    /// Whether every path ends at a root that was named.
    pub is_anchored: bool,
    /// Document time-stamps, in their order.
    pub stamps: Vec<Stamp>,
}

/// Reads what is in a document.
///
/// # Errors
/// [`SignError::Document`].
pub fn look(document: &FileSource, options: &OpenOptions) -> Result<Inspection, SignError> {
    inspect(document, options, &AwsLc).map_err(|error| match error {
        VerifySignaturesError::InvalidDocument(error) => SignError::Document(error),
        _ => SignError::Document(PdfError::Structure { detail: "its signatures cannot be read" }),
    })
}

/// Raises the signatures in a draft to `level`; those that have it get it renewed at level B-LTA.
///
/// # Errors
/// [`SignError`]; the draft must be thrown away then.
pub fn raise(
    draft: &mut Draft,
    level: AdesLevel,
    which: Which<'_>,
    timestamps: &Timestamps,
    evidences: Option<&Evidences>,
) -> Result<Added, SignError> {
    let mut added = Added { is_anchored: true, ..Added::default() };
    let mut found = look(&draft.source()?, draft.options())?;
    let unstamped = |signature: &&InspectedSignature| signature.level == Some(AdesLevel::B) && which.means(signature);
    if found.signatures.iter().any(|signature| unstamped(&signature)) {
        added.stamps.push(append_document_timestamp(draft, timestamps)?);
        found = look(&draft.source()?, draft.options())?;
    }
    if level >= AdesLevel::Lt {
        let evidences = evidences.ok_or_else(|| SignError::Usage("this level needs evidence".into()))?;
        add_evidence(draft, &found, which, evidences, &mut added)?;
    }
    if level >= AdesLevel::Lta {
        added.stamps.push(append_document_timestamp(draft, timestamps)?);
    }
    Ok(added)
}

impl Which<'_> {
    fn means(self, signature: &InspectedSignature) -> bool {
        match self {
            Self::Field(name) => signature.check.field == name,
            Self::All => signature.check.is_intact(),
        }
    }
}

fn add_evidence(
    draft: &mut Draft,
    found: &Inspection,
    which: Which<'_>,
    evidences: &Evidences,
    added: &mut Added,
) -> Result<(), SignError> {
    let stored = stored_evidence(found);
    let mut all = Vec::new();
    for signature in &found.signatures {
        // Whoever stamped the document vouches for what is stamped, and needs evidence as well.
        let stamps_ours = signature.check.kind == SignatureKind::DocumentTimestamp && signature.check.is_intact();
        if !which.means(signature) && !stamps_ours {
            continue;
        }
        let subjects = subjects(signature, found, &stored)?;
        if subjects.is_empty() {
            continue;
        }
        let mut known = read_evidence(signature.check.certificates.iter().map(Vec::as_slice), [], []);
        known.extend(&stored);
        for token in signature.check.timestamp.iter().map(|stamp| &stamp.token) {
            for certificate in token.certificates() {
                known.add_certificate(certificate);
            }
        }
        let result = evidences.collect(&subjects, known)?;
        added.is_anchored &= result.is_anchored;
        let evidence = &result.evidence;
        added.fields.push(signature.check.field.clone());
        all.push(SignatureEvidence {
            field: Some(signature.check.field.clone()),
            certificates: evidence.certificates().iter().map(|one| one.der().to_vec()).collect(),
            crls: evidence.crls().iter().map(|one| one.der().to_vec()).collect(),
            ocsp: evidence.ocsp().iter().map(|one| one.der().to_vec()).collect(),
        });
        for (count, more) in
            added.counts.iter_mut().zip([evidence.certificates().len(), evidence.crls().len(), evidence.ocsp().len()])
        {
            *count += more;
        }
    }
    let mut options = ValidationDataOptions::default();
    if let Some(password) = &draft.options().password {
        options = options.with_password(password.clone());
    }
    let update = add_validation_data(&draft.source()?, &all, &options)?;
    draft.append(update.as_bytes())
}

/// Who must be proven: the signer as of the earliest time-stamp over the signature, and each authority as of the next one over its.
fn subjects(signature: &InspectedSignature, found: &Inspection, stored: &Evidence) -> Result<Vec<Subject>, SignError> {
    let check = &signature.check;
    let end = check.byte_range.map_or(u64::MAX, |range| range.end());
    // Document time-stamps that came later, the earliest first.
    let mut later: Vec<u64> = found
        .signatures
        .iter()
        .filter(|other| other.check.kind == SignatureKind::DocumentTimestamp && other.check.is_intact())
        .filter(|other| other.check.byte_range.is_some_and(|range| range.end() > end))
        .filter_map(|other| other.check.timestamp.as_ref().map(|stamp| stamp.info.time))
        .collect();
    later.sort_unstable();
    let next = later.first().copied();
    let authority = |token: &TimestampToken| -> Result<Subject, SignError> {
        Ok(Subject::of_token(token, stored.certificates(), next.unwrap_or_else(now), &AwsLc)?)
    };
    let own = check.timestamp.as_ref().filter(|stamp| stamp.result.is_ok()).map(|stamp| &stamp.token);
    if check.kind == SignatureKind::DocumentTimestamp {
        return own.map(authority).into_iter().collect();
    }
    let proven = own.map(|token| token.info().time).into_iter().chain(next).min();
    let (Some(signer), Some(proven)) = (&check.signing_certificate, proven) else {
        return Ok(Vec::new());
    };
    let mut subjects = vec![Subject::signer(Certificate::clone(signer), proven)];
    if let Some(token) = own {
        subjects.push(authority(token)?);
    }
    Ok(subjects)
}

/// What the document's security store has.
fn stored_evidence(found: &Inspection) -> Evidence {
    let Some(store) = &found.validation_data else { return Evidence::new() };
    let mut evidence = read_evidence(
        store.certificates.iter().map(|der| &**der),
        store.crls.iter().map(|der| &**der),
        store.ocsp.iter().map(|der| &**der),
    );
    for vri in &store.per_signature {
        evidence.extend(&read_evidence(
            vri.certificates.iter().map(|der| &**der),
            vri.crls.iter().map(|der| &**der),
            vri.ocsp.iter().map(|der| &**der),
        ));
    }
    evidence
}
