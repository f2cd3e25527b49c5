//! Why the module refused. A closed list: it crosses the process border, so it names no internals.

use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder};

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $code:literal $name:ident: $text:literal,)*) => {
        /// Why the module refused. The numbers are the wire form and never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Refusal {
            $($(#[doc = $doc])* #[error($text)] $name,)*
        }

        impl Refusal {
            /// Every refusal there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The number that stands for it on the wire and in the signing log.
            #[must_use]
            pub fn code(self) -> u64 {
                match self { $(Self::$name => $code,)* }
            }

            /// Its name, for logs and for messages to clients.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The refusal with this number.
            #[must_use]
            pub fn from_code(code: u64) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

refusals! {
    // The activation request, in the order of the checks.
    /// A size limit is exceeded or a structure cannot be read.
    1 Malformed: "the request or the approval is not well-formed or is too large",
    /// The MAC or the instance is another one: issued elsewhere, before a restart, or changed.
    2 NotOurs: "the request was not issued by this module since its last start",
    /// Outside its time.
    3 Expired: "the request has expired",
    /// The module cannot tell the time.
    4 ClockUnreliable: "the module's clock is not synchronised",
    /// A burn of this request is recorded.
    5 AlreadyUsed: "the request was already used",
    /// The seal of the signer's record does not verify.
    6 RecordNotSealed: "the signer's record is not one that this module sealed",
    /// Another version of the record is the newest.
    7 StaleRecord: "the signer's record has changed",
    /// The signer is suspended or locked.
    8 SignerNotActive: "the signer is not active",
    /// The record has no such credential.
    9 UnknownCredential: "the credential does not belong to this signer",
    /// No certificate is linked to the key yet.
    10 CredentialNotUsable: "the credential has no certificate yet",
    /// The record has no such authenticator.
    11 UnknownAuthenticator: "the authenticator is not registered for this signer",
    /// The authenticator was locked after its counter went back.
    12 AuthenticatorLocked: "the authenticator is locked",
    /// The user handle is another signer's.
    13 OtherSigner: "the approval is by another signer",
    /// Not `webauthn.get`, or not in the serialisation of the specification.
    14 WrongCeremony: "the approval was made for another purpose",
    /// The challenge is not the one of this request.
    15 ChallengeMismatch: "the approval was made for another request",
    /// Another origin.
    16 WrongOrigin: "the approval was made on another page than the signing page",
    /// Made in a frame of another site.
    17 CrossOrigin: "the approval was made inside a page of another site",
    /// Another RP ID.
    18 WrongRelyingParty: "the approval was made for another service",
    /// The UP flag is off.
    19 UserNotPresent: "the authenticator did not see the signer",
    /// The UV flag is off.
    20 UserNotVerified: "the authenticator did not verify the signer",
    /// The backup flags contradict each other or the registration.
    21 BackupStateChanged: "the authenticator's backup state is not the registered one",
    /// The signature does not verify.
    22 BadAssertionSignature: "the approval's signature does not verify",
    /// The signature counter did not grow.
    23 CounterNotIncreased: "the authenticator's counter did not grow: it may have been copied",
    /// The certificate is not valid at this time.
    24 CertificateNotValid: "the certificate is not valid at this time",
    // Use of an approval.
    /// No such grant, or it died with a restart.
    25 UnknownGrant: "there is no such approval, or the module was restarted since",
    /// The grant's time is over.
    26 GrantExpired: "the approval has expired",
    /// A hash is not in the approved list.
    27 HashNotApproved: "a hash was not approved",
    /// A hash was signed before.
    28 HashAlreadyUsed: "a hash was already signed under this approval",
    /// The sealed key is not the credential's.
    29 WrongKey: "the sealed key is not the one of this credential",
    // Enrolment.
    /// The officer's key is not pinned, or the signature does not verify.
    30 OfficerNotTrusted: "the registration assertion is not by a trusted officer",
    /// The registration assertion is over.
    31 RegistrationExpired: "the registration assertion has expired",
    /// The nonce is not ours, or is used up.
    32 NonceNotOurs: "the enrolment was not started with this module, or was already finished",
    /// The assertion is for other data than the request.
    33 RegistrationMismatch: "the registration assertion is for other data",
    /// The signer has a record.
    34 SignerExists: "the signer is already enrolled",
    /// The passkey registration is not acceptable.
    35 RegistrationNotAcceptable: "the passkey registration is not acceptable",
    /// The record has a credential of this name.
    36 CredentialExists: "the credential already exists",
    /// An algorithm outside the list.
    37 AlgorithmNotAllowed: "the algorithm is not allowed",
    /// The certificate is for another key.
    38 CertificateMismatch: "the certificate is for another key",
    /// The issuer is not the one of the registration assertion, or did not sign.
    39 IssuerMismatch: "the certificate is not by the issuer that was registered",
    /// The credential has a certificate: one certificate per key.
    40 AlreadyLinked: "the credential already has a certificate",
    /// The log has no such entry.
    41 UnknownEntry: "the log has no such entry",
    /// The record that came with the request is another signer's.
    42 RecordMismatch: "the record belongs to another signer",
}

impl Encode for Refusal {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(self.code());
    }
}

impl Decode for Refusal {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::from_code(input.unsigned()?).ok_or(DecodeError::WrongValue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_number_of_its_own() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::from_code(refusal.code()), Some(*refusal));
        }
        assert_eq!(Refusal::from_code(0), None);
        assert_eq!(Refusal::from_code(9999), None);
    }
}
