//! Authorization requests and tokens: each step happens once, for its client and browser only.

use store::{AccessToken, Authorization, AuthorizationState, Redemption, Store, StoreError, StoreOptions};

const NOW: i64 = 1_700_000_000;

struct Case {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Case {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(folder.path())).await.unwrap();
        Self { store, _folder: folder }
    }

    async fn pushed(&self, id: &str) {
        self.store.authorizations().insert(reference(id).as_bytes(), &request(id)).await.unwrap();
    }

    async fn opened(&self, id: &str) -> Option<Authorization> {
        let (reference, authorizations) = (reference(id), self.store.authorizations());
        authorizations.open(reference.as_bytes(), "client", b"browser", NOW, NOW + 600).await.unwrap()
    }

    async fn granted(&self, id: &str, code: &[u8]) {
        self.pushed(id).await;
        self.opened(id).await.unwrap();
        assert!(self.store.authorizations().grant(id, "signer", code, NOW, NOW + 60).await.unwrap());
    }

    async fn redeem(&self, code: &[u8], client: &str, now: i64) -> &'static str {
        match self.store.authorizations().redeem(code, client, now).await.unwrap() {
            Redemption::Taken(_) => "taken",
            Redemption::Reused => "reused",
            Redemption::Unknown => "unknown",
        }
    }
}

fn reference(id: &str) -> String {
    format!("reference of {id}")
}

fn request(id: &str) -> Authorization {
    Authorization {
        authorization_id: id.into(),
        client_id: "client".into(),
        redirect_uri: "http://localhost/cb".into(),
        code_challenge: "challenge".into(),
        client_state: Some("state".into()),
        sign_order: Some("{}".into()),
        description: None,
        language: None,
        state: AuthorizationState::Pushed,
        browser_hash: None,
        ticket_id: None,
        signer_id: None,
        created_at: NOW,
        expires_at: NOW + 90,
    }
}

fn token(id: &str) -> AccessToken {
    AccessToken {
        authorization_id: id.into(),
        client_id: "client".into(),
        signer_id: "signer".into(),
        credential_id: Some("credential".into()),
        ticket_id: Some("ticket".into()),
        created_at: NOW,
        expires_at: NOW + 300,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_pushed_request_is_taken_once_by_its_client_before_it_expires() {
    let case = Case::new().await;
    case.pushed("a").await;
    let authorizations = case.store.authorizations();
    let reference = reference("a");
    let open = |client, now| authorizations.open(reference.as_bytes(), client, b"browser", now, now + 600);
    assert!(open("other client", NOW).await.unwrap().is_none());
    assert!(open("client", NOW + 90).await.unwrap().is_none(), "expired");
    let opened = open("client", NOW + 89).await.unwrap().unwrap();
    assert_eq!((opened.state, opened.expires_at), (AuthorizationState::Opened, NOW + 689));
    assert!(open("client", NOW + 89).await.unwrap().is_none(), "used");
}

#[tokio::test]
async fn of_many_browsers_one_opens_a_request() {
    let case = Case::new().await;
    case.pushed("a").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = case.store.clone();
        tasks.spawn(async move {
            store.authorizations().open(reference("a").as_bytes(), "client", b"b", NOW, NOW + 600).await.unwrap()
        });
    }
    let winners = tasks.join_all().await.into_iter().flatten().count();
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_reference_exists_once() {
    let case = Case::new().await;
    case.pushed("a").await;
    let again = case.store.authorizations().insert(reference("a").as_bytes(), &request("b")).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn an_opened_request_is_seen_by_its_browser_only() {
    let case = Case::new().await;
    case.pushed("a").await;
    let authorizations = case.store.authorizations();
    assert!(authorizations.lookup("a", b"browser", NOW).await.unwrap().is_none(), "not opened yet");
    case.opened("a").await.unwrap();
    assert!(authorizations.lookup("a", b"browser", NOW).await.unwrap().is_some());
    assert!(authorizations.lookup("a", b"another", NOW).await.unwrap().is_none());
    assert!(authorizations.lookup("a", b"browser", NOW + 600).await.unwrap().is_none(), "expired");
}

#[tokio::test]
async fn a_ticket_is_bound_once() {
    let case = Case::new().await;
    case.pushed("a").await;
    let authorizations = case.store.authorizations();
    assert!(!authorizations.bind_ticket("a", "ticket").await.unwrap(), "not opened yet");
    case.opened("a").await.unwrap();
    assert!(authorizations.bind_ticket("a", "ticket").await.unwrap());
    assert!(!authorizations.bind_ticket("a", "another").await.unwrap());
}

#[tokio::test]
async fn an_ended_request_gives_no_code() {
    let case = Case::new().await;
    case.pushed("a").await;
    case.opened("a").await.unwrap();
    let authorizations = case.store.authorizations();
    assert!(authorizations.end("a").await.unwrap());
    assert!(!authorizations.end("a").await.unwrap());
    assert!(!authorizations.grant("a", "signer", b"code", NOW, NOW + 60).await.unwrap());
}

#[tokio::test]
async fn a_code_is_taken_once_by_its_client_before_it_expires() {
    let case = Case::new().await;
    case.granted("a", b"code").await;
    assert_eq!(case.redeem(b"code", "other client", NOW).await, "unknown");
    assert_eq!(case.redeem(b"code", "client", NOW + 60).await, "unknown");
    assert_eq!(case.redeem(b"code", "client", NOW + 59).await, "taken");
    assert_eq!(case.redeem(b"code", "client", NOW + 59).await, "reused");
    assert_eq!(case.redeem(b"code", "client", NOW + 59).await, "unknown", "it is over");
}

#[tokio::test]
async fn a_code_presented_twice_takes_its_token_with_it() {
    let case = Case::new().await;
    case.granted("a", b"code").await;
    assert_eq!(case.redeem(b"code", "client", NOW).await, "taken");
    let authorizations = case.store.authorizations();
    assert!(authorizations.insert_token(b"token", &token("a")).await.unwrap());
    assert_eq!(authorizations.token(b"token").await.unwrap().unwrap().revoked_at, None);
    assert_eq!(case.redeem(b"code", "client", NOW + 1).await, "reused");
    assert_eq!(authorizations.token(b"token").await.unwrap().unwrap().revoked_at, Some(NOW + 1));
}

#[tokio::test]
async fn a_code_presented_twice_before_its_token_exists_prevents_the_token() {
    let case = Case::new().await;
    case.granted("a", b"code").await;
    assert_eq!(case.redeem(b"code", "client", NOW).await, "taken");
    assert_eq!(case.redeem(b"code", "client", NOW).await, "reused");
    let authorizations = case.store.authorizations();
    assert!(!authorizations.insert_token(b"token", &token("a")).await.unwrap());
    assert!(authorizations.token(b"token").await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_revoked_by_its_client_only() {
    let case = Case::new().await;
    case.granted("a", b"code").await;
    case.redeem(b"code", "client", NOW).await;
    let authorizations = case.store.authorizations();
    authorizations.insert_token(b"token", &token("a")).await.unwrap();
    assert!(!authorizations.revoke(b"token", "other client", NOW).await.unwrap());
    assert!(authorizations.revoke(b"token", "client", NOW).await.unwrap());
    assert!(authorizations.revoke(b"token", "client", NOW + 5).await.unwrap());
    assert_eq!(authorizations.token(b"token").await.unwrap().unwrap().revoked_at, Some(NOW), "the first time counts");
}

#[tokio::test]
async fn sweeping_deletes_what_has_expired_and_nothing_else() {
    let case = Case::new().await;
    case.pushed("a").await;
    case.granted("b", b"code").await;
    case.redeem(b"code", "client", NOW).await;
    let authorizations = case.store.authorizations();
    authorizations.insert_token(b"token", &token("b")).await.unwrap();
    assert_eq!(authorizations.delete_expired(NOW + 90, NOW + 90).await.unwrap(), 1);
    assert!(authorizations.token(b"token").await.unwrap().is_some());
    assert_eq!(authorizations.delete_expired(NOW + 300, NOW + 299).await.unwrap(), 1, "the request");
    assert!(authorizations.token(b"token").await.unwrap().is_some(), "still remembered");
    assert_eq!(authorizations.delete_expired(NOW + 300, NOW + 300).await.unwrap(), 1);
    assert!(authorizations.token(b"token").await.unwrap().is_none());
}
