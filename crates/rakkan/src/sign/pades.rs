//! PAdES from files to files: prepare, then finish with a value that some key made; checked by another code path before it appears.

use ades::AdesLevel;
use ades::crypto::{AwsLc, SignatureAlgorithm};
use ades::pades::{EmbedError, FieldChoice, PreparedPdf, SignatureParameters, SignatureValue, timestamp_imprint};
use ades::x509::Certificate;
use connectors::tsa::Issued;

use super::args::SignatureArgs;
use super::augment::Added;
use super::draft::{Draft, Input};
use super::error::SignError;
use super::timestamps::Timestamps;

/// With whose certificate, how, and when.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The signing certificate.
    pub certificate: &'a Certificate,
    /// Those above it.
    pub chain: &'a [Certificate],
    /// The algorithm of the key.
    pub algorithm: SignatureAlgorithm,
    /// The level.
    pub level: AdesLevel,
    /// What the user says about the signature.
    pub args: &'a SignatureArgs,
    /// The claimed time.
    pub now: u64,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Format and packaging.
    pub format: &'static str,
    /// The signature field of a PDF.
    pub field: Option<String>,
    /// Whether the document has a form that some programs show instead of the pages that are signed.
    pub has_xfa: bool,
    /// The level.
    pub level: AdesLevel,
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate.
    pub certificate: Certificate,
    /// SHA-256 of the PDF before signing, or the digest of other content by the digest of the signature.
    pub document_digest: Vec<u8>,
    /// Time and authority of the time-stamp, and the authorities that failed before.
    pub timestamp: Option<Stamp>,
    /// What was added above level B-T.
    pub added: Option<Added>,
}

/// A time-stamp that was got.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// What it says.
    pub time: u64,
    /// The name in the authority's certificate.
    pub authority: String,
    /// Where it came from.
    pub url: String,
    /// Authorities that failed before, with their reasons.
    pub failed: Vec<String>,
}

/// Prepares a document.
///
/// # Errors
/// If the document, or the certificate, does not allow it.
pub fn prepare(input: &Input, plan: &Plan<'_>) -> Result<PreparedPdf, SignError> {
    let (args, document) = (plan.args, input.source());
    let mut parameters = SignatureParameters::new(plan.certificate.clone(), plan.algorithm, plan.level, plan.now)
        .with_chain(plan.chain.to_vec())
        .with_attributes(args.attributes.read()?);
    if let Some(name) = &args.field {
        parameters = parameters.in_field(field(input, name)?);
    }
    if let Some(text) = &args.reason {
        parameters = parameters.with_reason(text);
    }
    if let Some(text) = &args.location {
        parameters = parameters.with_location(text);
    }
    if let Some(text) = &args.name {
        parameters = parameters.with_signer_name(text);
    }
    if let Some(text) = &args.contact {
        parameters = parameters.with_contact(text);
    }
    if let Some(page) = args.page {
        parameters = parameters.on_page(page);
    }
    if let Some(allowed) = args.certify {
        parameters = parameters.certifying(allowed.into());
    }
    if let Some(lock) = args.field_lock() {
        parameters = parameters.locking(lock);
    }
    if let Some(appearance) = args.visible.read()? {
        parameters = parameters.with_appearance(appearance);
    }
    if let Some(password) = &input.options().password {
        parameters = parameters.with_password(password.clone());
    }
    Ok(ades::pades::prepare(document, &parameters)?)
}

/// A signature field of that name if the document has one, else a new one.
fn field(input: &Input, name: &str) -> Result<FieldChoice, SignError> {
    let facts = ades::pdf::inspect(input.source(), input.options())?;
    let has = |fields: &[String]| fields.iter().any(|field| field == name);
    Ok(if has(&facts.empty_fields) || has(&facts.signed_fields) {
        FieldChoice::Existing(name.to_owned())
    } else {
        FieldChoice::NewNamed(name.to_owned())
    })
}

/// Puts the value in and gets the time-stamp that the level wants. Checked by another code path; nothing has appeared yet.
///
/// # Errors
/// [`SignError`].
pub fn complete(
    draft: &mut Draft,
    prepared: &PreparedPdf,
    value: &SignatureValue,
    timestamps: Option<&Timestamps>,
) -> Result<Signed, SignError> {
    let issued = match (prepared.level(), timestamps) {
        (AdesLevel::B, _) => None,
        (_, Some(timestamps)) => Some(timestamps.token(&timestamp_imprint(value))?),
        (_, None) => return Err(SignError::Embed(EmbedError::TimestampMissing)),
    };
    let document = draft.source()?;
    let before = ades::pdf::inspect(&document, draft.options())?;
    let token = issued.as_ref().map(|issued| &issued.token);
    let update = prepared.update(&document, value, token, &AwsLc).map_err(SignError::Embed)?;
    draft.append(&update)?;
    let after = ades::pdf::inspect(&draft.source()?, draft.options())?;
    let certificate = prepared.certificates().first().ok_or(SignError::Embed(EmbedError::DamagedState))?;
    Ok(Signed {
        format: "PAdES",
        field: after.signed_fields.into_iter().find(|field| !before.signed_fields.contains(field)),
        has_xfa: before.has_xfa,
        level: prepared.level(),
        algorithm: prepared.algorithm(),
        certificate: certificate.clone(),
        document_digest: prepared.document_digest().to_vec(),
        timestamp: issued.as_ref().map(Stamp::from),
        added: None,
    })
}

impl From<&Issued> for Stamp {
    fn from(issued: &Issued) -> Self {
        Self {
            time: issued.token.info().time,
            authority: authority(&issued.token).unwrap_or_else(|| issued.authority.clone()),
            url: issued.authority.clone(),
            failed: issued.failed.iter().map(ToString::to_string).collect(),
        }
    }
}

fn authority(token: &ades::tsp::TimestampToken) -> Option<String> {
    token.verify(&[], &AwsLc).ok().map(|certificate| crate::key::subject_of(&certificate))
}
