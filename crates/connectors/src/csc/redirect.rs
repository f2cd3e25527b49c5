//! The answer that comes back in the address of the client's own page. RFC 6749 4.1.2; issuer: RFC 9207.

use url::Url;

/// The authorization code.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectAnswer {
    /// To be redeemed once, with the PKCE verifier.
    pub code: String,
}

/// Why there is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// The address is not the client's redirect URI.
    #[error("the redirect leads elsewhere than to the registered redirect URI; it is not followed")]
    OtherAddress,
    /// The state is missing or another.
    #[error("the redirect does not belong to this request (state differs)")]
    OtherState,
    /// Another server answered.
    #[error("the redirect comes from another authorization server than the one that was asked")]
    OtherIssuer,
    /// The server or the signer refused.
    #[error("the authorization was not given ({code}): {description}")]
    Refused {
        /// The code of RFC 6749 4.1.2.1.
        code: String,
        /// What the server says about it.
        description: String,
    },
    /// Neither code nor error, or one of them twice.
    #[error("the redirect carries neither one code nor one error")]
    Incomplete,
}

impl RedirectAnswer {
    /// Reads the address that the browser was sent to.
    ///
    /// `issuer` is compared if the address names one; RFC 9207 2.4 asks that a client which knows its server's issuer compares it.
    pub fn read(address: &str, redirect_uri: &str, state: &str, issuer: Option<&str>) -> Result<Self, RedirectError> {
        let mut address = Url::parse(address).map_err(|_| RedirectError::OtherAddress)?;
        let once = |name: &str| -> Option<String> {
            let mut found = address.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            let first = found.next();
            if found.next().is_some() { None } else { first }
        };
        let (code, error, description) = (once("code"), once("error"), once("error_description"));
        let (given_state, given_issuer) = (once("state"), once("iss"));
        address.set_query(None);
        if Url::parse(redirect_uri).ok().as_ref() != Some(&address) {
            return Err(RedirectError::OtherAddress);
        }
        if given_state.as_deref() != Some(state) {
            return Err(RedirectError::OtherState);
        }
        if let (Some(expected), Some(given)) = (issuer, &given_issuer)
            && expected != given
        {
            return Err(RedirectError::OtherIssuer);
        }
        match (code, error) {
            (Some(code), None) => Ok(Self { code }),
            (None, Some(code)) => Err(RedirectError::Refused { code, description: description.unwrap_or_default() }),
            _ => Err(RedirectError::Incomplete),
        }
    }
}

impl std::fmt::Debug for RedirectAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RedirectAnswer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Result<String, RedirectError> {
        RedirectAnswer::read(address, "https://app.example/cb", "s1", Some("https://as.example"))
            .map(|answer| answer.code)
    }

    #[test]
    fn a_code_with_our_state_is_taken() {
        assert_eq!(read("https://app.example/cb?code=a%2Bb&state=s1&iss=https%3A%2F%2Fas.example").unwrap(), "a+b");
        assert_eq!(read("https://app.example/cb?code=x&state=s1").unwrap(), "x");
    }

    #[test]
    fn a_redirect_that_is_not_ours_is_refused() {
        for (address, error) in [
            ("https://evil.example/cb?code=x&state=s1", RedirectError::OtherAddress),
            ("https://app.example/cb2?code=x&state=s1", RedirectError::OtherAddress),
            ("/cb?code=x&state=s1", RedirectError::OtherAddress),
            ("https://app.example/cb?code=x&state=s2", RedirectError::OtherState),
            ("https://app.example/cb?code=x", RedirectError::OtherState),
            ("https://app.example/cb?code=x&state=s1&state=s1", RedirectError::OtherState),
            ("https://app.example/cb?code=x&state=s1&iss=https://evil.example", RedirectError::OtherIssuer),
            ("https://app.example/cb?state=s1", RedirectError::Incomplete),
            ("https://app.example/cb?code=x&code=y&state=s1", RedirectError::Incomplete),
            ("https://app.example/cb?code=x&error=access_denied&state=s1", RedirectError::Incomplete),
        ] {
            assert_eq!(read(address).unwrap_err(), error, "{address}");
        }
    }

    #[test]
    fn a_refusal_keeps_its_words() {
        let error = read("https://app.example/cb?error=access_denied&error_description=no&state=s1").unwrap_err();
        assert_eq!(error, RedirectError::Refused { code: "access_denied".into(), description: "no".into() });
    }
}
