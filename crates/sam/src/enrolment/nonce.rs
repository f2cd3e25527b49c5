//! Nonces for enrolment, which the module recognises without having kept them. Security design 1.3.

use sgm::{RandomError, SecureRandom};
use subtle::ConstantTimeEq;

use crate::ids::{Hash, SignerId};
use crate::sad::BootKey;

/// For how many seconds a nonce is good.
pub const NONCE_VALIDITY: u64 = 600;

const LABEL: &str = "rakkan-nonce/1";

/// A new nonce for `signer_id`: 8 bytes of expiry, 8 random bytes, 16 bytes of a MAC that dies with the module's process.
///
/// # Errors
/// If there are no random bytes.
pub fn issue_nonce(
    boot: &BootKey,
    signer_id: &SignerId,
    now: u64,
    rng: &dyn SecureRandom,
) -> Result<Hash, RandomError> {
    let expiry = now.saturating_add(NONCE_VALIDITY).to_be_bytes();
    let mut random = [0; 8];
    rng.fill(&mut random)?;
    let mut nonce = [0; 32];
    let parts = expiry.iter().chain(&random);
    let tag = tag(boot, signer_id, &expiry, &random);
    nonce.iter_mut().zip(parts.chain(&tag)).for_each(|(to, from)| *to = *from);
    Ok(nonce)
}

/// Until when `nonce` is good for `signer_id`; `None` if it was not issued for this signer since the module's last start.
#[must_use]
pub fn nonce_expiry(boot: &BootKey, signer_id: &SignerId, nonce: &Hash) -> Option<u64> {
    let (expiry, rest) = nonce.split_first_chunk::<8>()?;
    let (random, found) = rest.split_first_chunk::<8>()?;
    let genuine = bool::from(tag(boot, signer_id, expiry, random).ct_eq(found));
    genuine.then_some(u64::from_be_bytes(*expiry))
}

fn tag(boot: &BootKey, signer_id: &SignerId, expiry: &[u8; 8], random: &[u8; 8]) -> [u8; 16] {
    let whole = boot.tag(LABEL, &[signer_id.as_bytes(), expiry, random]);
    let mut half = [0; 16];
    half.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    half
}

#[cfg(test)]
mod tests {
    use sgm::SystemRandom;

    use super::*;

    #[test]
    fn a_nonce_is_good_for_its_signer_and_its_instance_only() {
        let boot = BootKey::generate(&[1; 32], &SystemRandom).unwrap();
        let signer = SignerId::new([1; 16]);
        let nonce = issue_nonce(&boot, &signer, 1000, &SystemRandom).unwrap();
        assert_eq!(nonce_expiry(&boot, &signer, &nonce), Some(1600));
        assert_eq!(nonce_expiry(&boot, &SignerId::new([2; 16]), &nonce), None);
        let restarted = BootKey::generate(&[1; 32], &SystemRandom).unwrap();
        assert_eq!(nonce_expiry(&restarted, &signer, &nonce), None);
        for at in 0..32 {
            let mut changed = nonce;
            changed[at] ^= 1;
            assert_eq!(nonce_expiry(&boot, &signer, &changed), None, "byte {at}");
        }
    }
}
