//! What the signer states beside the signature: commitments, roles, a signature policy. EN 319 122-1 5.2.

use std::path::PathBuf;

use ades::Oid;
use ades::attributes::{Commitment, ExplicitPolicy, SignaturePolicy, SignedAttributes};
use ades::crypto::DigestAlgorithm;
use clap::Args;

use super::error::SignError;

/// No policy document is larger.
const LARGEST_POLICY: u64 = 64 << 20;

/// What the signer states.
#[derive(Args, Debug, Clone, Default)]
pub struct AttributeArgs {
    /// What the signer commits to: origin, receipt, delivery, sender, approval, creation, or an object identifier; repeatable
    #[arg(long, value_name = "TYPE", value_parser = commitment)]
    pub commitment: Vec<Commitment>,
    /// A role that the signer claims; repeatable
    #[arg(long, value_name = "TEXT")]
    pub role: Vec<String>,
    /// Signature policy, by its object identifier
    #[arg(long, value_name = "OID", value_parser = oid, requires = "policy_file")]
    pub policy: Option<Oid>,
    /// The policy document; its SHA-256 is signed
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub policy_file: Option<PathBuf>,
    /// Where others get the policy document
    #[arg(long, value_name = "URI", requires = "policy")]
    pub policy_uri: Option<String>,
}

fn oid(text: &str) -> Result<Oid, String> {
    Oid::new(text).map_err(|_| "not an object identifier, such as 1.2.392.200000.1".into())
}

fn commitment(text: &str) -> Result<Commitment, String> {
    Ok(match text {
        "origin" => Commitment::ProofOfOrigin,
        "receipt" => Commitment::ProofOfReceipt,
        "delivery" => Commitment::ProofOfDelivery,
        "sender" => Commitment::ProofOfSender,
        "approval" => Commitment::ProofOfApproval,
        "creation" => Commitment::ProofOfCreation,
        other => {
            Commitment::Other(Oid::new(other).map_err(
                |_| "neither origin, receipt, delivery, sender, approval, creation nor an object identifier",
            )?)
        }
    })
}

impl AttributeArgs {
    /// The attributes that these options state.
    ///
    /// # Errors
    /// If the policy document cannot be read.
    pub fn read(&self) -> Result<SignedAttributes, SignError> {
        let mut attributes = SignedAttributes::new();
        for commitment in &self.commitment {
            attributes = attributes.with_commitment(*commitment);
        }
        for role in &self.role {
            attributes = attributes.with_claimed_role(role);
        }
        if let (Some(oid), Some(path)) = (self.policy, &self.policy_file) {
            let document = super::two_step::read_file(path, LARGEST_POLICY)?;
            let algorithm = DigestAlgorithm::Sha256;
            let mut policy = ExplicitPolicy::new(oid, algorithm, algorithm.digest(&document));
            if let Some(uri) = &self.policy_uri {
                policy = policy.with_uri(uri);
            }
            attributes = attributes.with_policy(SignaturePolicy::Explicit(policy));
        }
        Ok(attributes)
    }
}
