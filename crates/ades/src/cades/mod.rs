//! CAdES signatures: enveloping and detached, parallel and counter-signatures, and raising the level of anybody's. EN 319 122-1.
//!
//! ```text
//! prepare(content, parameters)      -> PreparedCms     a new signature
//! add_signer(cms, content, ...)     -> PreparedCms     one more signature over the same content
//! countersign(cms, signer, ...)     -> PreparedCms     a signature over a signature
//! PreparedCms::dtbsr()              -> what the key signs
//! PreparedCms::embed(...)           -> the signature; refuses other content or a value that does not verify
//!
//! timestamp_imprint + add_timestamp -> B-T
//! add_validation_data               -> B-LT
//! prepare_archive_timestamp + embed -> B-LTA, and again to renew it
//! ```
//!
//! [`sign`] does it in one call with a key at hand. [`verify`] reads a signature as a stranger would.
//!
//! A key elsewhere signs in two steps, with a state in between that can be stored:
//!
//! ```
//! use ades::AdesLevel;
//! use ades::cades::{CadesParameters, Content, PreparedCms, prepare, verify};
//! use ades::crypto::{AwsLc, SignatureAlgorithm, SignatureValue};
//! # use aws_lc_rs::{rand::SystemRandom, signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair}};
//! # let certificate = ades::x509::Certificate::from_der(include_bytes!("../../../../fuzz/data/signer.der"))?;
//! # let key = include_bytes!("../../../../fuzz/data/signer.pk8");
//! # let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key).unwrap();
//! # let now = certificate.not_before();
//! let document = b"a text".as_slice();
//! let parameters = CadesParameters::new(certificate, SignatureAlgorithm::EcdsaSha256, AdesLevel::B, now);
//! let prepared = prepare(Content::Detached(&document), &parameters, &AwsLc)?;
//! let stored = prepared.to_bytes();
//!
//! let prepared = PreparedCms::from_bytes(&stored)?;
//! # let sign_elsewhere = |_digest: &[u8]| key.sign(&SystemRandom::new(), prepared.dtbs()).unwrap().as_ref().to_vec();
//! let value = SignatureValue::from(sign_elsewhere(prepared.dtbsr().as_bytes()));
//! let mut signature = Vec::new();
//! prepared.embed(Content::Detached(&document), &value, None, &AwsLc, &mut signature)?;
//!
//! let checks = verify(&signature, Some(&document), &AwsLc)?;
//! assert!(checks[0].is_intact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The level of a signature is raised by whoever has it, without the key:
//!
//! ```
//! use ades::cades::{add_timestamp, add_validation_data, prepare_archive_timestamp, timestamp_imprint};
//! use ades::crypto::{AwsLc, DigestAlgorithm};
//! # use ades::{evidence::Evidence, tsp::{Imprint, TimestampToken}};
//! # fn raise(
//! #     cms: Vec<u8>,
//! #     time_stamp: impl Fn(&Imprint) -> TimestampToken,
//! #     collect: impl Fn(&[u8]) -> Evidence,
//! #     now: u64,
//! # ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//! let imprint = timestamp_imprint(&cms, 0, DigestAlgorithm::Sha256)?;
//! let cms = add_timestamp(&cms, 0, &time_stamp(&imprint), &AwsLc)?;
//! let cms = add_validation_data(&cms, None, &collect(&cms), &AwsLc)?;
//! let prepared = prepare_archive_timestamp(&cms, None, 0, DigestAlgorithm::Sha512, now, &AwsLc)?;
//! let cms = prepared.embed(&cms, &time_stamp(prepared.imprint()), &AwsLc)?;
//! # Ok(cms)
//! # }
//! ```

mod archive;
mod augment;
mod content;
mod embed;
mod error;
mod evidence;
mod parameters;
mod prepare;
mod prepared;
mod sign;
mod subjects;
mod verify;

pub use archive::{PreparedArchiveTimestamp, prepare_archive_timestamp};
pub use augment::{add_timestamp, add_validation_data, timestamp_imprint};
pub use content::Content;
pub use error::{AugmentError, EmbedError, PrepareError, PreparedFormatError, SignError, VerifyCmsError};
pub use evidence::{evidence_of, subjects_of};
pub use parameters::CadesParameters;
pub use prepare::{add_signer, countersign, prepare};
pub use prepared::{Packaging, PreparedCms};
pub use sign::sign;
pub use verify::{SignerCheck, SignerProblem, verify};
