-- Keys of programs outside that hear the public events. Only the SHA-256 of a secret stands here; that digest is
-- also the key of their HMAC. While a key rotates, the secret before is good until old_until.
CREATE TABLE event_key (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    types         text[] NOT NULL,
    company_id    uuid REFERENCES company,
    digest        bytea NOT NULL CHECK (octet_length(digest) = 32),
    old_digest    bytea CHECK (octet_length(old_digest) = 32),
    old_until     timestamptz,
    created_by    uuid NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_by    uuid,
    revoked_at    timestamptz,
    CONSTRAINT event_key_old CHECK ((old_digest IS NULL) = (old_until IS NULL)),
    CONSTRAINT event_key_revoked CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
);
