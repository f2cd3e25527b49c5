//! Signing under a grant: burn and intent durable, then the key, then the result durable and published, then the answer. Security design 3.5.

use std::sync::Arc;

use sgm::{KeyContext, SealedKey, SignatureValue};

use super::grants::Grant;
use super::{Service, Stop, key_context, refused, stamp};
use crate::Refusal;
use crate::clock::Reading;
use crate::crypto::sha256;
use crate::protocol::Reply;
use crate::protocol::message::{Failure, Sign, SignedHash};
use crate::record::{SignerRecord, SignerStatus};
use crate::sad::{Activation, HASHES_MAX, HashAuthorization, Memory};
use crate::service::Step;
use crate::signing_log::{AbortReason, CommitError, Committed, Entry, Item, KeyUse};

/// For how many seconds the signing module may act on what it is told here.
const SGM_GRANT_VALIDITY: u64 = 5;

impl Service {
    /// Signs hashes that were approved.
    pub(super) fn sign(&self, request: Sign) -> Result<Reply, Stop> {
        let time = match self.time() {
            Ok(moment) => moment.time,
            Err(stop) => return self.logged(None, Err(stop)),
        };
        let grant = match self.grants.lookup(&request.grant, time.now) {
            Ok(grant) => grant,
            Err(refusal) => return self.logged(None, Err(refusal.into())),
        };
        let answer = self.sign_under(&grant, &request, time);
        if let Err(Stop::Refused(refusal)) = answer {
            let Activation { sar_id, key, .. } = &*grant.activation;
            let entry = refused(Some(*sar_id), Some(key.credential_id.clone()), refusal);
            // The answer is the refusal in any case.
            let _ = self.remember(time, vec![entry]);
        }
        answer
    }

    fn sign_under(&self, grant: &Arc<Grant>, request: &Sign, time: Reading) -> Result<Reply, Stop> {
        let activation = Arc::clone(&grant.activation);
        let record = self.open_record(&request.record)?;
        self.admit(&record, time)?;
        let (intents, authorizations, sealed_key) = {
            // From the look at the record until the intent is durable nobody changes the signer's state: a revocation comes wholly
            // before or wholly after.
            let _held = self.signers.hold(&activation.signer_id);
            let sealed_key = self.check_use(&activation, &record, request, time)?;
            let authorizations = grant.take(&request.hashes)?;
            match self.log.commit(stamp(time), intents(&authorizations)) {
                Ok(intents) => (intents, authorizations, sealed_key),
                Err(error) => {
                    // What is in the journal is spent, even if nothing comes of it.
                    if matches!(error, CommitError::NotWritten(_)) {
                        grant.give_back(authorizations);
                    }
                    return Err(Stop::Failed(Failure::Unavailable));
                }
            }
        };
        // A crash from here on: the intents are aborted at the next start; the hashes stay spent.
        self.observer.reached(Step::IntentDurable);
        let key = &activation.key;
        let context = key_context(&activation.signer_id, &key.credential_id, key.authenticator_set_hash);
        let mut uses = Vec::with_capacity(intents.len());
        let mut values = Vec::with_capacity(intents.len());
        let mut failed = false;
        for (intent, authorization) in intents.into_iter().zip(authorizations) {
            uses.push((intent.index, key_use(&authorization)));
            if failed {
                continue;
            }
            match self.use_key(authorization, &sealed_key, &context, time) {
                Some(value) => values.push(value),
                None => failed = true,
            }
        }
        if failed {
            return Err(self.abort(uses, time));
        }
        self.observer.reached(Step::Signed);
        let results = uses.into_iter().zip(&values).map(|((intent, key_use), value)| {
            Item::Entry(Entry::Result { intent, key_use, signature_sha256: sha256(&[value.as_bytes()]) })
        });
        // If this fails the log itself aborts the intents; the values are dropped here.
        let results =
            self.log.commit(stamp(time), results.collect()).map_err(|_| Stop::Failed(Failure::Unavailable))?;
        self.observer.reached(Step::ResultDurable);
        self.release(&results, values)
    }

    /// Looks once more at everything that may have changed since the approval.
    fn check_use(
        &self,
        activation: &Activation,
        record: &SignerRecord,
        request: &Sign,
        time: Reading,
    ) -> Result<SealedKey, Stop> {
        let hashes = &request.hashes;
        if !(1..=HASHES_MAX).contains(&hashes.len()) {
            return Err(Refusal::Malformed.into());
        }
        if record.signer_id != activation.signer_id {
            return Err(Refusal::RecordMismatch.into());
        }
        if self.state.newest_record(&record.signer_id) != Some(record.record_version()) {
            return Err(Refusal::StaleRecord.into());
        }
        if record.status != SignerStatus::Active {
            return Err(Refusal::SignerNotActive.into());
        }
        let key = record.key(&activation.key.credential_id).filter(|key| **key == activation.key);
        let certificate = key.ok_or(Refusal::UnknownCredential)?.certificate.ok_or(Refusal::CredentialNotUsable)?;
        if !certificate.is_valid_at(time.now) {
            return Err(Refusal::CertificateNotValid.into());
        }
        let sealed_key = SealedKey::from_bytes(&request.sealed_key).map_err(|_| Refusal::WrongKey)?;
        if sealed_key.sha256() != activation.key.sealed_key_sha256 {
            return Err(Refusal::WrongKey.into());
        }
        Ok(sealed_key)
    }

    fn use_key(
        &self,
        authorization: HashAuthorization,
        sealed_key: &SealedKey,
        context: &KeyContext,
        time: Reading,
    ) -> Option<SignatureValue> {
        let grant = authorization.into_grant(time.now.saturating_add(SGM_GRANT_VALIDITY));
        self.sgm.sign(grant, sealed_key, context, self.present.glance().now).ok()
    }

    /// No value of this call is released if one cannot be made.
    fn abort(&self, uses: Vec<(u64, KeyUse)>, time: Reading) -> Stop {
        let aborts = uses
            .into_iter()
            .map(|(intent, key_use)| Item::Entry(Entry::Abort { intent, key_use, reason: AbortReason::SigningFailed }));
        // If this fails too, the next start aborts the intents.
        let _ = self.remember(time, aborts.collect());
        Stop::Failed(Failure::Internal)
    }

    fn release(&self, results: &[Committed], values: Vec<SignatureValue>) -> Result<Reply, Stop> {
        let receipts = results.iter().map(|result| self.log.receipt(result));
        let signed = values.into_iter().zip(receipts).map(|(value, receipt)| {
            let receipt = receipt.map_err(|_| Stop::Failed(Failure::Unavailable))?;
            Ok(SignedHash { signature: value.into_bytes(), receipt })
        });
        signed.collect::<Result<_, Stop>>().map(Reply::Signed)
    }
}

/// What has to be durable before the key is used: the hashes are spent, and for what.
fn intents(authorizations: &[HashAuthorization]) -> Vec<Item> {
    let items = authorizations.iter().flat_map(|authorization| {
        let sar_id = authorization.activation().sar_id;
        let burn = Item::BurnHash { sar_id, index: authorization.index() };
        [burn, Item::Entry(Entry::Intent(key_use(authorization)))]
    });
    items.collect()
}

/// How the log describes a use.
fn key_use(authorization: &HashAuthorization) -> KeyUse {
    let activation = authorization.activation();
    KeyUse {
        credential_id: activation.key.credential_id.clone(),
        sar_id: activation.sar_id,
        index: authorization.index(),
        sad_sha256: activation.sad_sha256,
        dtbsr: authorization.dtbsr().to_vec(),
        algorithm: activation.algorithm.oid().to_owned(),
        certificate_sha256: activation.certificate_sha256,
        client_sha256: activation.client_hash,
    }
}
