//! A development time-stamp authority. RFC 3161, RFC 5816; profile of ETSI EN 319 422.

pub mod mode;

use crate::ca::DevelopmentCa;
use crate::error::AuthorityError;
use crate::pki::cms::{TokenSigner, sign_token};
use crate::pki::extension::{policies, single_purpose};
use crate::pki::key::{AuthorityKey, KeyKind};
use crate::pki::name::distinguished_name;
use crate::pki::oid;
use crate::pki::time::generalized_time;
use crate::pki::tsp::{Accuracy, FailInfo, TimeStampReq, TimeStampResp, TstInfo};
use crate::random::{Randomness, serial};
use der::asn1::{Int, OctetString};
use der::{Decode, Encode};
pub use mode::TsaMode;
use std::path::Path;
use tokio::sync::watch;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

const LIFETIME: u64 = 3 * 365 * 86_400;

/// A time-stamp authority with a certificate of `issuer`.
pub struct DevelopmentTsa {
    key: AuthorityKey,
    certificate: Vec<u8>,
    /// The same key, certified for something else.
    other_purpose: Vec<u8>,
    name: Vec<u8>,
    issuers: Vec<Vec<u8>>,
    mode: watch::Sender<TsaMode>,
}

impl DevelopmentTsa {
    /// A new authority; its key is kept in `key_file`, or in memory only.
    pub fn new(
        issuer: &DevelopmentCa,
        common_name: &str,
        key_file: Option<&Path>,
        (now, random): (u64, &dyn Randomness),
    ) -> Result<Self, AuthorityError> {
        let key = match key_file {
            Some(path) => AuthorityKey::load_or_generate(path, KeyKind::P256)?,
            None => AuthorityKey::generate(KeyKind::P256)?,
        };
        let name = distinguished_name("Rakkan Demo", &format!("{common_name} (DEMO, NOT VALID)"))?;
        // RFC 3161 2.3: exactly one extended key usage, and critical.
        let mut extensions = single_purpose(oid::TIME_STAMPING, true)?;
        extensions.push(policies(oid::TIMESTAMP_POLICY)?);
        let certificate = issuer.certify(&name, key.spki(), extensions, LIFETIME, (now, random))?;
        let other = single_purpose(oid::EMAIL_PROTECTION, true)?;
        let other_purpose = issuer.certify(&name, key.spki(), other, LIFETIME, (now, random))?;
        let mode = watch::Sender::new(TsaMode::Working);
        Ok(Self { key, certificate, other_purpose, name, issuers: issuer.chain(), mode })
    }

    /// Changes how it behaves, also for requests that are waiting.
    pub fn set_mode(&self, mode: TsaMode) {
        self.mode.send_replace(mode);
    }

    /// How it behaves now.
    #[must_use]
    pub fn mode(&self) -> TsaMode {
        *self.mode.borrow()
    }

    /// Waits until the mode is another than `mode`.
    pub async fn mode_other_than(&self, mode: TsaMode) {
        // The sender lives as long as `self`, so that the wait can only end by a change.
        let _ = self.mode.subscribe().wait_for(|current| *current != mode).await;
    }

    /// DER of its certificate.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its certificate, its issuer's, and so on to the root.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        std::iter::once(&self.certificate).chain(&self.issuers).cloned().collect()
    }

    /// Answers a TimeStampReq, DER to DER. What is wrong with a request is said in the answer.
    pub fn respond(&self, request: &[u8], now: u64, random: &dyn Randomness) -> Result<Vec<u8>, AuthorityError> {
        let mode = self.mode();
        if mode == TsaMode::Rejecting {
            return Ok(TimeStampResp::rejection(FailInfo::SystemFailure, "told to reject every request")?);
        }
        let Ok(request) = TimeStampReq::from_der(request) else {
            return Ok(TimeStampResp::rejection(FailInfo::BadDataFormat, "not a TimeStampReq")?);
        };
        if let Err((reason, text)) = acceptable(&request) {
            return Ok(TimeStampResp::rejection(reason, text)?);
        }
        let cert_req = request.cert_req;
        let mut info = self.info(request, now, random)?;
        distort(&mut info, mode, now)?;
        let mut token = self.token(&info, cert_req, mode)?;
        if mode == TsaMode::WrongSignature
            && let Some(last) = token.last_mut()
        {
            // The last byte of the token is the last byte of the signature value.
            *last ^= 1;
        }
        Ok(TimeStampResp::granted(&token)?)
    }

    fn info(&self, request: TimeStampReq, now: u64, random: &dyn Randomness) -> Result<TstInfo, AuthorityError> {
        Ok(TstInfo {
            version: 1,
            policy: request.req_policy.unwrap_or(oid::TIMESTAMP_POLICY),
            message_imprint: request.message_imprint,
            serial_number: Int::new(&serial::<8>(random))?,
            gen_time: generalized_time(now)?,
            accuracy: Some(Accuracy { seconds: Some(1), millis: None, micros: None }),
            ordering: false,
            nonce: request.nonce,
            tsa: Some(GeneralName::DirectoryName(Name::from_der(&self.name)?)),
            extensions: None,
        })
    }

    fn token(&self, info: &TstInfo, cert_req: bool, mode: TsaMode) -> Result<Vec<u8>, AuthorityError> {
        let certificate = if mode == TsaMode::WrongPurpose { &self.other_purpose } else { &self.certificate };
        // The root stays out: whoever trusts it has it.
        let below_root = self.issuers.len().saturating_sub(1);
        let chain: Vec<&[u8]> =
            std::iter::once(certificate).chain(self.issuers.iter().take(below_root)).map(Vec::as_slice).collect();
        let signer = TokenSigner { key: &self.key, certificate, send: if cert_req { &chain } else { &[] } };
        sign_token(oid::TST_INFO, &info.to_der()?, &signer)
    }
}

fn acceptable(request: &TimeStampReq) -> Result<(), (FailInfo, &'static str)> {
    if request.version != 1 {
        return Err((FailInfo::BadRequest, "only version 1 is known"));
    }
    let length = match request.message_imprint.hash_algorithm.oid {
        oid::SHA256 | oid::SHA3_256 => 32,
        oid::SHA384 | oid::SHA3_384 => 48,
        oid::SHA512 | oid::SHA3_512 => 64,
        _ => return Err((FailInfo::BadAlg, "use SHA-256, SHA-384, SHA-512 or their forms of SHA-3")),
    };
    if request.message_imprint.hashed_message.as_bytes().len() != length {
        return Err((FailInfo::BadDataFormat, "the imprint is not as long as its algorithm says"));
    }
    if request.req_policy.is_some_and(|policy| policy != oid::TIMESTAMP_POLICY) {
        return Err((FailInfo::UnacceptedPolicy, "this policy is not offered"));
    }
    if request.extensions.is_some() {
        return Err((FailInfo::UnacceptedExtension, "no extension is known"));
    }
    Ok(())
}

fn distort(info: &mut TstInfo, mode: TsaMode, now: u64) -> Result<(), der::Error> {
    match mode {
        TsaMode::WrongNonce => info.nonce = Some(Int::new(&[0x42])?),
        TsaMode::WrongImprint => {
            let length = info.message_imprint.hashed_message.as_bytes().len();
            info.message_imprint.hashed_message = OctetString::new(vec![0x42; length])?;
        }
        TsaMode::WrongTime => info.gen_time = generalized_time(now.saturating_sub(10 * 86_400))?,
        _ => {}
    }
    Ok(())
}
