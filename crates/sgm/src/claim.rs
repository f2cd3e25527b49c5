//! Which level of sole control may be claimed with which kind of token. EN 419 241-1 SCAL1 and SCAL2.

use crate::SoftwareToken;

/// What an installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// Trying out and developing; nobody relies on the signatures.
    Development,
    /// People rely on the signatures.
    Production,
}

/// Level of sole control that an installation claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoleControl {
    /// The operator's access control protects the key.
    Scal1,
    /// The key is used only with signature activation data, inside a protected module.
    Scal2,
}

/// The configuration claims more than its token can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// SCAL2 claimed in production while the keys lie in the software token.
    #[error(
        "SCAL2 cannot be claimed in production with the software token, because whoever owns the host can read its keys: \
         use a hardware token, claim SCAL1, or set the deployment to development"
    )]
    SoftwareTokenInProduction,
}

impl SoftwareToken {
    /// Whether an installation that keeps its keys in a software token may claim `claim`.
    pub fn allow_claim(deployment: Deployment, claim: SoleControl) -> Result<(), ClaimError> {
        match (deployment, claim) {
            (Deployment::Production, SoleControl::Scal2) => Err(ClaimError::SoftwareTokenInProduction),
            (Deployment::Production, SoleControl::Scal1) | (Deployment::Development, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scal2_in_production_with_the_software_token_is_refused() {
        let refused = SoftwareToken::allow_claim(Deployment::Production, SoleControl::Scal2);
        assert_eq!(refused, Err(ClaimError::SoftwareTokenInProduction));
    }

    #[test]
    fn lesser_claims_and_development_are_allowed() {
        for (deployment, claim) in [
            (Deployment::Production, SoleControl::Scal1),
            (Deployment::Development, SoleControl::Scal1),
            (Deployment::Development, SoleControl::Scal2),
        ] {
            assert_eq!(SoftwareToken::allow_claim(deployment, claim), Ok(()));
        }
    }
}
