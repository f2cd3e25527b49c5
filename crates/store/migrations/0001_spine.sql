-- Signers, keys, activation tickets, documents, receipts. One text for SQLite and PostgreSQL:
-- ids are TEXT, octets BYTEA, times BIGINT (Unix seconds, UTC), states TEXT.

CREATE TABLE signer (
    signer_id    TEXT   NOT NULL PRIMARY KEY,
    display_name TEXT   NOT NULL,
    profile      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

-- The newest sealed record of each signer, opaque here; the signature activation module refuses any other.
CREATE TABLE sealed_record (
    signer_id  TEXT   NOT NULL PRIMARY KEY REFERENCES signer (signer_id),
    revision   BIGINT NOT NULL,
    record     BYTEA  NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Public keys for login. They open the portal, never a signing key.
CREATE TABLE passkey (
    passkey_id   BYTEA  NOT NULL PRIMARY KEY,
    signer_id    TEXT   NOT NULL REFERENCES signer (signer_id),
    public_key   BYTEA  NOT NULL,
    sign_count   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkey_by_signer ON passkey (signer_id);

CREATE TABLE credential (
    credential_id         TEXT   NOT NULL PRIMARY KEY,
    signer_id             TEXT   NOT NULL REFERENCES signer (signer_id),
    status                TEXT   NOT NULL,
    key_algorithm         TEXT   NOT NULL,
    ca_id                 TEXT   NOT NULL,
    sealed_key            BYTEA  NOT NULL,
    spki_sha256           BYTEA  NOT NULL UNIQUE,
    certification_request BYTEA  NOT NULL,
    certificate           BYTEA,
    certificate_sha256    BYTEA  UNIQUE,
    created_at            BIGINT NOT NULL
);
CREATE INDEX credential_by_signer ON credential (signer_id);

-- Certificates above the signer's own, issuer first.
CREATE TABLE credential_chain (
    credential_id TEXT   NOT NULL REFERENCES credential (credential_id),
    position      BIGINT NOT NULL,
    certificate   BYTEA  NOT NULL,
    PRIMARY KEY (credential_id, position)
);

CREATE TABLE registration (
    registration_id TEXT   NOT NULL PRIMARY KEY,
    purpose         TEXT   NOT NULL,
    signer_id       TEXT   NOT NULL,
    credential_id   TEXT   NOT NULL UNIQUE,
    state           TEXT   NOT NULL,
    form            TEXT   NOT NULL,
    subject         BYTEA  NOT NULL,
    assertion       BYTEA  NOT NULL,
    challenge       BYTEA  NOT NULL,
    failure         TEXT,
    claimed_at      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX registration_by_expiry ON registration (expires_at);

-- What an authority issued (position 0) with the certificates above it, kept before it is linked: a stop in between asks for no second one.
CREATE TABLE registration_certificate (
    registration_id TEXT   NOT NULL REFERENCES registration (registration_id),
    position        BIGINT NOT NULL,
    certificate     BYTEA  NOT NULL,
    PRIMARY KEY (registration_id, position)
);

CREATE TABLE login_challenge (
    login_id   TEXT   NOT NULL PRIMARY KEY,
    challenge  BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The browser holds the secret; only its hash is here.
CREATE TABLE session (
    session_hash BYTEA  NOT NULL PRIMARY KEY,
    signer_id    TEXT   NOT NULL REFERENCES signer (signer_id),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

CREATE TABLE ticket (
    ticket_id           TEXT   NOT NULL PRIMARY KEY,
    signer_id           TEXT   NOT NULL REFERENCES signer (signer_id),
    credential_id       TEXT   NOT NULL REFERENCES credential (credential_id),
    state               TEXT   NOT NULL,
    hash_algorithm      TEXT   NOT NULL,
    signature_algorithm TEXT   NOT NULL,
    client_id           TEXT   NOT NULL,
    client_name         TEXT   NOT NULL,
    redirect_uri        TEXT   NOT NULL,
    purpose             TEXT   NOT NULL,
    return_to           TEXT   NOT NULL,
    document_id         TEXT,
    session_hash        BYTEA,
    attempts            BIGINT NOT NULL,
    sar                 BYTEA,
    sar_mac             BYTEA,
    grant_reference     BYTEA,
    grant_expires_at    BIGINT,
    refusal             TEXT,
    created_at          BIGINT NOT NULL,
    expires_at          BIGINT NOT NULL
);
CREATE INDEX ticket_by_expiry ON ticket (expires_at);

CREATE TABLE ticket_hash (
    ticket_id       TEXT   NOT NULL REFERENCES ticket (ticket_id),
    position        BIGINT NOT NULL,
    hash            BYTEA  NOT NULL,
    label           TEXT   NOT NULL,
    document_sha256 BYTEA  NOT NULL,
    state           TEXT   NOT NULL,
    signature_value BYTEA,
    PRIMARY KEY (ticket_id, position),
    UNIQUE (ticket_id, hash)
);

CREATE TABLE document (
    document_id         TEXT   NOT NULL PRIMARY KEY,
    signer_id           TEXT   NOT NULL REFERENCES signer (signer_id),
    file_name           TEXT   NOT NULL,
    size                BIGINT NOT NULL,
    sha256              BYTEA  NOT NULL,
    state               TEXT   NOT NULL,
    keep                BIGINT NOT NULL,
    claimed_at          BIGINT NOT NULL,
    credential_id       TEXT,
    ticket_id           TEXT,
    prepared            BYTEA,
    dtbsr               BYTEA,
    signature_value     BYTEA,
    timestamp_token     BYTEA,
    timestamp_authority TEXT,
    timestamp_time      BIGINT,
    signed_sha256       BYTEA,
    signed_size         BIGINT,
    page_report         TEXT,
    failure             TEXT,
    created_at          BIGINT NOT NULL,
    expires_at          BIGINT NOT NULL
);
CREATE INDEX document_by_signer ON document (signer_id);
CREATE INDEX document_by_expiry ON document (expires_at);

-- Proof of inclusion in the signing log, by the hash of the signature value.
CREATE TABLE receipt (
    signature_sha256 BYTEA  NOT NULL PRIMARY KEY,
    credential_id    TEXT   NOT NULL,
    receipt          TEXT   NOT NULL,
    created_at       BIGINT NOT NULL
);
