//! Proof key for code exchange with S256. RFC 7636 4.

use ades::crypto::DigestAlgorithm;
use base64ct::{Base64UrlUnpadded, Encoding};

/// The secret of one authorization and its hash. No Debug: whoever has the verifier can redeem the code.
#[derive(Clone)]
pub struct Pkce {
    verifier: String,
}

impl Pkce {
    /// From 32 random bytes, used for nothing else. RFC 7636 4.1 recommends exactly this.
    #[must_use]
    pub fn from_random(random: &[u8; 32]) -> Self {
        Self { verifier: Base64UrlUnpadded::encode_string(random) }
    }

    /// What the token request carries.
    #[must_use]
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// What the authorization request carries: base64url of the verifier's SHA-256.
    #[must_use]
    pub fn challenge(&self) -> String {
        Base64UrlUnpadded::encode_string(&DigestAlgorithm::Sha256.digest(self.verifier.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        // RFC 7636 appendix B.
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let pkce = Pkce::from_random(&random);
        assert_eq!(pkce.verifier(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
