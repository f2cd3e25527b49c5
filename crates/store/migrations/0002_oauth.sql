-- Authorization requests, codes and access tokens of OAuth 2. Secrets are here by their SHA-256 only.
-- One text for SQLite and PostgreSQL, as in 0001.

-- One row from the pushed request to the redeemed code. `expires_at` is that of the present state.
CREATE TABLE oauth_authorization (
    authorization_id TEXT   NOT NULL PRIMARY KEY,
    reference_hash   BYTEA  NOT NULL UNIQUE,
    client_id        TEXT   NOT NULL,
    redirect_uri     TEXT   NOT NULL,
    code_challenge   TEXT   NOT NULL,
    client_state     TEXT,
    sign_order       TEXT,
    description      TEXT,
    language         TEXT,
    state            TEXT   NOT NULL,
    browser_hash     BYTEA,
    ticket_id        TEXT,
    signer_id        TEXT,
    code_hash        BYTEA  UNIQUE,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL
);
CREATE INDEX oauth_authorization_by_expiry ON oauth_authorization (expires_at);

CREATE TABLE oauth_token (
    token_hash       BYTEA  NOT NULL PRIMARY KEY,
    authorization_id TEXT   NOT NULL,
    client_id        TEXT   NOT NULL,
    signer_id        TEXT   NOT NULL,
    credential_id    TEXT,
    ticket_id        TEXT,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    revoked_at       BIGINT
);
CREATE INDEX oauth_token_by_authorization ON oauth_token (authorization_id);
CREATE INDEX oauth_token_by_expiry ON oauth_token (expires_at);
