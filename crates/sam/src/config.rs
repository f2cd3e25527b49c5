//! What an installation decides about the module, checked as a whole before anything starts.

use std::path::PathBuf;

use sgm::{Deployment, SoftwareToken, SoleControl};

use crate::enrolment::OfficerKey;
use crate::webauthn::client_data::is_plain_origin;

/// Configuration of the module. Where it comes from is the caller's affair.
#[derive(Debug, Clone)]
pub struct SamConfig {
    /// What the installation is for.
    pub deployment: Deployment,
    /// Which level of sole control it claims.
    pub sole_control: SoleControl,
    /// Where keys are kept.
    pub token: TokenKind,
    /// RP ID of the passkeys: the registrable parent domain of both origins.
    pub rp_id: String,
    /// Origin of the signing page; approvals are accepted from there only.
    pub signing_origin: String,
    /// Origin of the enrolment page; registrations are accepted from there only.
    pub enrolment_origin: String,
    /// Name of the signing log.
    pub log_origin: String,
    /// The module's own folder: journal and log.
    pub folder: PathBuf,
    /// Keys of the registration authority's officers.
    pub officers: Vec<OfficerKey>,
}

/// Where signing keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// In the software token.
    Software,
}

/// One thing that is wrong with a configuration, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// The claim is more than the token can carry.
    #[error("{0}")]
    Claim(sgm::ClaimError),
    /// No officer's key is pinned.
    #[error("no officer's key is pinned, so nobody could be enrolled: add the registration authority's public keys")]
    NoOfficers,
    /// Two officers have one id.
    #[error("two officers' keys have the id {0:?}: give each key an id of its own")]
    OfficerTwice(String),
    /// The RP ID is not a domain.
    #[error("the RP ID {0:?} is not a domain name in lower case, such as example.jp")]
    RpId(String),
    /// An origin is not written as browsers write it.
    #[error("{0:?} is not an origin: write it as https://host or https://host:port, in lower case, without a path")]
    Origin(String),
    /// An origin is outside the RP ID.
    #[error("the origin {origin:?} does not belong to the RP ID {rp_id:?}: its host must be that domain or end in it")]
    OriginOutsideRpId {
        /// The origin.
        origin: String,
        /// The RP ID.
        rp_id: String,
    },
    /// Both pages have one origin.
    #[error("the signing page and the enrolment page have the same origin: give the signing page one of its own")]
    SameOrigin,
    /// No TLS in production.
    #[error("the origin {0:?} is without TLS, which is for development only: use https")]
    PlainHttp(String),
    /// The log has no name.
    #[error("the log origin {0:?} must not be empty and must have no spaces, plus signs or control characters")]
    LogOrigin(String),
}

impl SamConfig {
    /// Finds everything that is wrong.
    ///
    /// # Errors
    /// All problems, if there are any.
    pub fn validate(&self) -> Result<(), Vec<ConfigProblem>> {
        let mut problems = Vec::new();
        match self.token {
            TokenKind::Software => {
                let claim = SoftwareToken::allow_claim(self.deployment, self.sole_control);
                problems.extend(claim.err().map(ConfigProblem::Claim));
            }
        }
        self.check_officers(&mut problems);
        let rp_id_is_domain = is_domain(&self.rp_id);
        if !rp_id_is_domain {
            problems.push(ConfigProblem::RpId(self.rp_id.clone()));
        }
        for origin in [&self.signing_origin, &self.enrolment_origin] {
            if !is_plain_origin(origin) {
                problems.push(ConfigProblem::Origin(origin.clone()));
                continue;
            }
            if rp_id_is_domain && !belongs_to(origin, &self.rp_id) {
                let rp_id = self.rp_id.clone();
                problems.push(ConfigProblem::OriginOutsideRpId { origin: origin.clone(), rp_id });
            }
            if self.deployment == Deployment::Production && !origin.starts_with("https://") {
                problems.push(ConfigProblem::PlainHttp(origin.clone()));
            }
        }
        if self.signing_origin == self.enrolment_origin {
            problems.push(ConfigProblem::SameOrigin);
        }
        if tlog::note::KeyName::new(&self.log_origin).is_none() {
            problems.push(ConfigProblem::LogOrigin(self.log_origin.clone()));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn check_officers(&self, problems: &mut Vec<ConfigProblem>) {
        if self.officers.is_empty() {
            problems.push(ConfigProblem::NoOfficers);
        }
        for (position, officer) in self.officers.iter().enumerate() {
            if self.officers.iter().take(position).any(|earlier| earlier.id() == officer.id()) {
                problems.push(ConfigProblem::OfficerTwice(officer.id().escape_ascii().to_string()));
            }
        }
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    let named = name.bytes().any(|c| c.is_ascii_lowercase());
    name == "localhost" || (name.len() <= 253 && named && name.contains('.') && name.split('.').all(label))
}

/// WebAuthn L3 5.1.3: the RP ID is the origin's host, or a parent domain of it.
fn belongs_to(origin: &str, rp_id: &str) -> bool {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host == rp_id || host.strip_suffix(rp_id).is_some_and(|front| front.ends_with('.') && front.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base point of P-256 in SEC 1 form.
    const POINT: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                         4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    fn officer(id: &[u8]) -> OfficerKey {
        let point: Vec<u8> = (0..65).map(|at| u8::from_str_radix(&POINT[2 * at..2 * at + 2], 16).unwrap()).collect();
        OfficerKey::new(id, &point).unwrap()
    }

    fn good() -> SamConfig {
        SamConfig {
            deployment: Deployment::Production,
            sole_control: SoleControl::Scal1,
            token: TokenKind::Software,
            rp_id: "example.jp".into(),
            signing_origin: "https://sign.example.jp".into(),
            enrolment_origin: "https://portal.example.jp".into(),
            log_origin: "example.jp/sam-1".into(),
            folder: "sam".into(),
            officers: vec![officer(b"officer-1")],
        }
    }

    fn problems(change: impl FnOnce(&mut SamConfig)) -> Vec<ConfigProblem> {
        let mut config = good();
        change(&mut config);
        config.validate().err().unwrap_or_default()
    }

    #[test]
    fn a_sound_configuration_has_no_problems() {
        assert_eq!(problems(|_| ()), []);
        let demo = |config: &mut SamConfig| {
            config.deployment = Deployment::Development;
            config.sole_control = SoleControl::Scal2;
            config.rp_id = "localhost".into();
            config.signing_origin = "http://localhost:8081".into();
            config.enrolment_origin = "http://localhost:8080".into();
        };
        assert_eq!(problems(demo), []);
    }

    #[test]
    fn scal2_in_production_with_the_software_token_is_refused() {
        let found = problems(|config| config.sole_control = SoleControl::Scal2);
        assert_eq!(found, [ConfigProblem::Claim(sgm::ClaimError::SoftwareTokenInProduction)]);
    }

    #[test]
    fn officers_must_be_pinned_under_different_ids() {
        assert_eq!(problems(|config| config.officers.clear()), [ConfigProblem::NoOfficers]);
        let twice = problems(|config| config.officers.push(officer(b"officer-1")));
        assert_eq!(twice, [ConfigProblem::OfficerTwice("officer-1".into())]);
    }

    #[test]
    fn origins_must_lie_within_the_rp_id() {
        for origin in ["https://sign.example.com", "https://badexample.jp", "https://jp", "https://example.jp.evil.com"]
        {
            let found = problems(|config| config.signing_origin = origin.into());
            assert!(matches!(&found[..], [ConfigProblem::OriginOutsideRpId { .. }]), "{origin}: {found:?}");
        }
    }

    #[test]
    fn rp_id_and_origins_are_written_as_browsers_write_them() {
        for rp_id in ["", "jp", "Example.jp", "example.jp.", "https://example.jp", "127.0.0.1", "-a.jp"] {
            assert!(
                problems(|config| config.rp_id = rp_id.into()).contains(&ConfigProblem::RpId(rp_id.into())),
                "{rp_id}"
            );
        }
        let path = "https://sign.example.jp/";
        assert_eq!(problems(|config| config.signing_origin = path.into()), [ConfigProblem::Origin(path.into())]);
    }

    #[test]
    fn the_signing_page_has_an_origin_of_its_own_with_tls_in_production() {
        let same = problems(|config| config.signing_origin = config.enrolment_origin.clone());
        assert_eq!(same, [ConfigProblem::SameOrigin]);
        let plain = problems(|config| {
            config.rp_id = "localhost".into();
            config.signing_origin = "http://localhost:1".into();
            config.enrolment_origin = "https://localhost".into();
        });
        assert_eq!(plain, [ConfigProblem::PlainHttp("http://localhost:1".into())]);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let found = problems(|config| {
            config.officers.clear();
            config.rp_id = "nonsense".into();
            config.log_origin = "with space".into();
        });
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
