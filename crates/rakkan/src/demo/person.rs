//! The demo's signer: a browser and a software authenticator that use the same addresses as a person's browser does.

use anyhow::{Context, bail};
use base64ct::{Base64UrlUnpadded, Encoding};
use connectors::csc::{Browser, Page};
use serde_json::{Value, json};
use test_support::authenticator::Assertion;
use test_support::authenticator::software::{SoftwareAuthenticator, User};

/// Somebody who signs.
pub struct Person {
    browser: Browser,
    authenticator: SoftwareAuthenticator,
    portal: String,
    signing: String,
}

impl Person {
    /// A person with a new authenticator at these origins.
    pub fn new(browser: Browser, portal: &str, signing: &str) -> Self {
        Self {
            browser,
            authenticator: SoftwareAuthenticator::with_counter(),
            portal: portal.to_owned(),
            signing: signing.to_owned(),
        }
    }

    /// Registers: passkey, key in the module, certificate from the CA `ca_id`. The browser is logged in afterwards.
    pub async fn register(&self, name: &str, organisation: &str, ca_id: &str) -> anyhow::Result<()> {
        let form = json!({"display_name": name, "organisation": organisation, "ca_id": ca_id});
        let started = self.ask(&self.portal, "/api/register/start", &form).await?;
        let options = &started["options"];
        let challenge = bytes(&options["challenge"])?;
        let handle = bytes(&options["user"]["id"])?;
        let user = User { handle: &handle, name };
        let made = self.authenticator.register(&challenge, text(&options["rp"]["id"])?, &self.portal, user).await?;
        let id = Base64UrlUnpadded::encode_string(&made.credential_id);
        let credential = json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "clientDataJSON": Base64UrlUnpadded::encode_string(&made.client_data_json),
                "attestationObject": Base64UrlUnpadded::encode_string(&made.attestation_object),
                "authenticatorData": Base64UrlUnpadded::encode_string(&made.authenticator_data),
                "transports": ["internal"],
            },
        });
        let finish = json!({"registration_id": started["registration_id"], "credential": credential});
        self.ask(&self.portal, "/api/register/finish", &finish).await.map(|_| ())
    }

    /// Opens a client's authorization request for scope `service`, allows it, and returns where the browser is sent.
    pub async fn consent(&self, authorization_url: &str) -> anyhow::Result<String> {
        let question = redirect(self.browser.open(authorization_url).await?)?;
        let page = self.browser.open(&question).await?;
        if page.status != 200 {
            bail!("the question of the authorization server was not shown (status {})", page.status);
        }
        redirect(self.browser.post_form(&question, &[("decision", "allow")]).await?)
    }

    /// Opens a client's authorization request for a credential, approves it on the signing page with the passkey, and returns where
    /// the browser is sent.
    pub async fn approve(&self, authorization_url: &str) -> anyhow::Result<String> {
        let page = redirect(self.browser.open(authorization_url).await?)?;
        let ticket = page.split_once('#').context("the signing page was opened without a ticket")?.1;
        let next = self.approve_ticket(ticket).await?;
        redirect(self.browser.open(&next).await?)
    }

    /// What the signing page does when its button is pressed.
    async fn approve_ticket(&self, ticket: &str) -> anyhow::Result<String> {
        let session = crate::demo::random_text::<32>()?;
        self.ask_in(&session, "/api/ticket", &json!({"ticket": ticket})).await?;
        let request = self.ask_in(&session, "/api/request", &json!({"ticket": ticket})).await?;
        let options = &request["options"];
        let challenge = bytes(&options["challenge"])?;
        let allowed = options["allowCredentials"].as_array().context("no passkeys are allowed")?;
        let allowed = allowed.iter().map(|one| bytes(&one["id"])).collect::<anyhow::Result<Vec<_>>>()?;
        let made = self.authenticator.assert(&challenge, text(&options["rpId"])?, &self.signing, &allowed).await?;
        let answer = json!({"ticket": ticket, "credential": assertion(&made)});
        let approved = self.ask_in(&session, "/api/approve", &answer).await?;
        Ok(text(&approved["next"])?.to_owned())
    }

    async fn ask(&self, origin: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        answer(path, self.browser.post_json(&format!("{origin}{path}"), body).await?)
    }

    async fn ask_in(&self, session: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.signing);
        answer(path, self.browser.post_json_with(&url, body, &[("rakkan-page-session", session)]).await?)
    }
}

fn answer(path: &str, page: Page) -> anyhow::Result<Value> {
    if page.status != 200 {
        bail!("{path} answered with status {}: {}", page.status, page.text());
    }
    Ok(page.json()?)
}

fn redirect(page: Page) -> anyhow::Result<String> {
    match page.location {
        Some(location) => Ok(location),
        None => bail!("a redirect was expected, not status {}: {}", page.status, page.text()),
    }
}

fn text(value: &Value) -> anyhow::Result<&str> {
    value.as_str().context("the service's answer lacks a text")
}

fn bytes(value: &Value) -> anyhow::Result<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text(value)?).map_err(|_| anyhow::anyhow!("the service's answer is not base64url"))
}

fn assertion(made: &Assertion) -> Value {
    let id = Base64UrlUnpadded::encode_string(&made.credential_id);
    json!({
        "id": id, "rawId": id, "type": "public-key",
        "response": {
            "clientDataJSON": Base64UrlUnpadded::encode_string(&made.client_data_json),
            "authenticatorData": Base64UrlUnpadded::encode_string(&made.authenticator_data),
            "signature": Base64UrlUnpadded::encode_string(&made.signature),
            "userHandle": made.user_handle.as_ref().map(|handle| Base64UrlUnpadded::encode_string(handle)),
        },
    })
}
