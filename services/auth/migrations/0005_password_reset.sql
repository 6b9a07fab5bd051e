-- A password reset that is under way: known by the SHA-256 of its token. user_id is NULL when nobody has the phone; such a
-- one goes its way like any other, only that nothing is sent and no code is right.
CREATE TABLE password_reset (
    token_digest  bytea PRIMARY KEY,
    phone         text NOT NULL,
    user_id       uuid REFERENCES users,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    proven_at     timestamptz
);
CREATE INDEX password_reset_by_expiry ON password_reset (expires_at);

-- trusted: asked for from where the owner of the phone was before. Strangers cannot use up what these are allowed.
ALTER TABLE verification
    ADD COLUMN reset_digest bytea REFERENCES password_reset ON DELETE SET NULL,
    ADD COLUMN trusted boolean NOT NULL DEFAULT false;
CREATE INDEX verification_by_reset ON verification (reset_digest, sent_at);

-- Messages that public calls asked for, by the day in Seoul: per client network ('ip') and in all ('day', key empty).
CREATE TABLE sms_budget (
    scope  text NOT NULL CHECK (scope IN ('ip', 'day')),
    key    text NOT NULL,
    day    date NOT NULL,
    spent  int NOT NULL,
    PRIMARY KEY (scope, key, day)
);

-- The caps that were reached, once per scope and day.
CREATE TABLE sms_cap (
    scope      text NOT NULL CHECK (scope IN ('phone', 'ip', 'day')),
    day        date NOT NULL,
    capped_at  timestamptz NOT NULL,
    PRIMARY KEY (scope, day)
);
