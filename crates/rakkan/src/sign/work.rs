//! One file on its way to a signature, in either format: prepared, given a value, delivered.

use std::io::Write;

use ades::AdesLevel;
use ades::cades::{
    CadesParameters, Content, Packaging as CmsPackaging, PreparedCms, add_validation_data, prepare_archive_timestamp,
};
use ades::crypto::{AwsLc, DigestAlgorithm, Dtbsr, SignatureValue};
use ades::evidence::{Evidence, Subject};
use ades::pades::{PreparedPdf, timestamp_imprint};
use ades::pdf::Source;
use ades::tsp::TimestampToken;

use super::args::{Format, Packaging, SignatureArgs};
use super::augment::{self, Added, Which};
use super::draft::{Draft, Input};
use super::error::SignError;
use super::evidence::Evidences;
use super::output::Unfinished;
use super::pades::{self, Plan, Signed, Stamp};
use super::places::{Job, Naming};
use super::report::Done;
use super::timestamps::Timestamps;
use crate::moment::now;

/// What is asked on the network while a file is finished.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    /// Time-stamp authorities.
    pub timestamps: Option<&'a Timestamps>,
    /// Where evidence comes from.
    pub evidences: Option<&'a Evidences>,
}

/// A prepared signature of either format.
pub enum Prepared {
    /// Into a PDF.
    Pdf(Box<PreparedPdf>),
    /// A CMS around or beside the content.
    Cms(Box<PreparedCms>),
}

impl Prepared {
    /// Prepares a file as the options say.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn new(input: &Input, plan: &Plan<'_>) -> Result<Self, SignError> {
        if plan.args.format == Format::Pades {
            return Ok(Self::Pdf(Box::new(pades::prepare(input, plan)?)));
        }
        let parameters = CadesParameters::new(plan.certificate.clone(), plan.algorithm, plan.level, plan.now)
            .with_chain(plan.chain.to_vec())
            .with_attributes(plan.args.attributes.read()?);
        let content = match plan.args.packaging() {
            Packaging::Enveloping => Content::Enveloping(input.source()),
            Packaging::Detached => Content::Detached(input.source()),
        };
        Ok(Self::Cms(Box::new(ades::cades::prepare(content, &parameters, &AwsLc)?)))
    }

    /// What the key signs, as a message.
    pub fn dtbs(&self) -> &[u8] {
        match self {
            Self::Pdf(prepared) => prepared.dtbs(),
            Self::Cms(prepared) => prepared.dtbs(),
        }
    }

    /// What goes to a key that takes digests.
    pub fn dtbsr(&self) -> Dtbsr {
        match self {
            Self::Pdf(prepared) => prepared.dtbsr(),
            Self::Cms(prepared) => prepared.dtbsr(),
        }
    }

    /// The level that was prepared.
    pub fn level(&self) -> AdesLevel {
        match self {
            Self::Pdf(prepared) => prepared.level(),
            Self::Cms(prepared) => prepared.level(),
        }
    }

    /// SHA-256 of a PDF, or the digest of other content.
    pub fn document_digest(&self) -> &[u8] {
        match self {
            Self::Pdf(prepared) => prepared.document_digest(),
            Self::Cms(prepared) => prepared.content_digest(),
        }
    }

    /// Reads the stored form of either format.
    ///
    /// # Errors
    /// Why it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(b"RKPC") {
            let prepared = PreparedCms::from_bytes(bytes).map_err(|error| error.to_string())?;
            return match prepared.packaging() {
                CmsPackaging::Enveloping | CmsPackaging::Detached => Ok(Self::Cms(Box::new(prepared))),
                _ => Err("it was prepared for an existing CMS, which this verb does not take".into()),
            };
        }
        PreparedPdf::from_bytes(bytes).map(|prepared| Self::Pdf(Box::new(prepared))).map_err(|error| error.to_string())
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Pdf(prepared) => prepared.to_bytes(),
            Self::Cms(prepared) => prepared.to_bytes(),
        }
    }

    /// How an output is named where nothing is said.
    pub fn naming(&self) -> Naming {
        match self {
            Self::Pdf(_) => Naming::Suffix("signed"),
            Self::Cms(prepared) if prepared.packaging() == CmsPackaging::Enveloping => Naming::Append("p7m"),
            Self::Cms(_) => Naming::Append("p7s"),
        }
    }

    /// Puts the value in, gets the time-stamp that the level wants, and lets the output appear. A draft is a copy that was begun early.
    ///
    /// # Errors
    /// [`SignError`]; nothing has appeared then.
    pub fn complete(
        &self,
        job: &Job,
        input: &Input,
        draft: Option<Draft>,
        value: &SignatureValue,
        services: Services<'_>,
    ) -> Result<(Done, u64), SignError> {
        match self {
            Self::Pdf(prepared) => {
                let mut draft = draft.map_or_else(|| Draft::begin(job, input), Ok)?;
                let mut signed = pades::complete(&mut draft, prepared, value, services.timestamps)?;
                if let (Some(timestamps), true) = (services.timestamps, prepared.level() > AdesLevel::T) {
                    let which = signed.field.as_deref().map_or(Which::All, Which::Field);
                    let added = augment::raise(&mut draft, prepared.level(), which, timestamps, services.evidences)?;
                    signed.added = Some(added);
                }
                Ok((Done::Signed(Box::new(signed)), draft.deliver()?))
            }
            Self::Cms(prepared) => complete_cms(job, input, prepared, value, services),
        }
    }
}

/// Whether a copy of the input can be begun before anything is known.
pub fn begins_with_copy(args: &SignatureArgs) -> bool {
    args.format == Format::Pades
}

fn complete_cms(
    job: &Job,
    input: &Input,
    prepared: &PreparedCms,
    value: &SignatureValue,
    services: Services<'_>,
) -> Result<(Done, u64), SignError> {
    let issued = match (prepared.level(), services.timestamps) {
        (AdesLevel::B, _) => None,
        (_, Some(timestamps)) => Some(timestamps.token(&timestamp_imprint(value))?),
        (_, None) => return Err(ades::cades::EmbedError::TimestampMissing.into()),
    };
    let enveloping = prepared.packaging() == CmsPackaging::Enveloping;
    let content = if enveloping { Content::Enveloping(input.source()) } else { Content::Detached(input.source()) };
    let output = Unfinished::create(&job.output)?;
    let mut counted = Counted { to: output.file(), count: 0 };
    let token = issued.as_ref().map(|issued| &issued.token);
    let failed = |error| match error {
        ades::cades::EmbedError::Write(source) => SignError::Output { path: job.output.clone(), source },
        other => other.into(),
    };
    let mut added = None;
    if prepared.level() > AdesLevel::T {
        // Raising works on the whole signature in memory.
        let mut cms = Vec::new();
        prepared.embed(content, value, token, &AwsLc, &mut cms).map_err(failed)?;
        let beside = if enveloping { None } else { Some(input.source() as &dyn Source) };
        let (cms, what) = raise_cms(cms, beside, prepared, (value, token), services)?;
        added = Some(what);
        counted.write_all(&cms).map_err(|source| SignError::Output { path: job.output.clone(), source })?;
    } else {
        prepared.embed(content, value, token, &AwsLc, &mut counted).map_err(failed)?;
    }
    let len = counted.count;
    output.deliver(job.replace)?;
    let certificate = prepared.certificates().first().ok_or(ades::cades::EmbedError::DamagedState)?;
    let signed = Signed {
        format: if enveloping { "CAdES enveloping" } else { "CAdES detached" },
        field: None,
        has_xfa: false,
        level: prepared.level(),
        algorithm: prepared.algorithm(),
        certificate: certificate.clone(),
        document_digest: prepared.content_digest().to_vec(),
        timestamp: issued.as_ref().map(Stamp::from),
        added,
    };
    Ok((Done::Signed(Box::new(signed)), len))
}

/// Evidence, and at level B-LTA an archive time-stamp over it.
fn raise_cms(
    cms: Vec<u8>,
    content: Option<&dyn Source>,
    prepared: &PreparedCms,
    (value, token): (&SignatureValue, Option<&TimestampToken>),
    services: Services<'_>,
) -> Result<(Vec<u8>, Added), SignError> {
    let (Some(timestamps), Some(evidences), Some(certificate)) =
        (services.timestamps, services.evidences, prepared.certificates().first())
    else {
        return Err(ades::cades::EmbedError::TimestampMissing.into());
    };
    let mut known = Evidence::of_certificates(prepared.certificates().iter().cloned());
    let tokens: Vec<TimestampToken> = token.into_iter().cloned().collect();
    for one in tokens.iter().flat_map(TimestampToken::certificates) {
        known.add_certificate(one);
    }
    let subjects = Subject::of_signature(certificate, value.as_bytes(), &tokens, &known, now(), &AwsLc)?;
    let found = evidences.collect(&subjects, known)?;
    let evidence = &found.evidence;
    let counts = [evidence.certificates().len(), evidence.crls().len(), evidence.ocsp().len()];
    let mut added = Added { counts, is_anchored: found.is_anchored, ..Added::default() };
    let mut cms = add_validation_data(&cms, content, evidence, &AwsLc)?;
    if prepared.level() >= AdesLevel::Lta {
        let archive = prepare_archive_timestamp(&cms, content, 0, DigestAlgorithm::Sha256, now(), &AwsLc)?;
        let issued = timestamps.token(archive.imprint())?;
        cms = archive.embed(&cms, &issued.token, &AwsLc)?;
        added.stamps.push(Stamp::from(&issued));
    }
    Ok((cms, added))
}

/// Counts what is written.
struct Counted<W> {
    to: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(buffer)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
