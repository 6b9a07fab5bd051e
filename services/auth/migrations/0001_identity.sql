-- Who is who. Phones are digits only, e-mails lower case. Business time comes in as a parameter.

-- A sign-up that is not finished: known by the SHA-256 of its token, so that a dump opens nothing.
CREATE TABLE signup (
    token_digest  bytea PRIMARY KEY,
    phone         text NOT NULL,
    email         text NOT NULL,
    name          text NOT NULL,
    password_phc  text NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    proven_at     timestamptz
);
CREATE INDEX signup_by_expiry ON signup (expires_at);

-- A code sent to a phone: only its keyed hash stands here.
CREATE TABLE verification (
    id            uuid PRIMARY KEY,
    signup_digest bytea REFERENCES signup ON DELETE CASCADE,
    phone         text NOT NULL,
    purpose       text NOT NULL CHECK (purpose IN ('signup', 'reset', 'mypage')),
    code_digest   bytea NOT NULL,
    tries         int NOT NULL DEFAULT 0,
    sent_at       timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    proven_at     timestamptz
);
CREATE INDEX verification_by_phone ON verification (phone, sent_at);
CREATE INDEX verification_by_signup ON verification (signup_digest, sent_at);

CREATE TABLE users (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL CHECK (kind IN ('staff', 'operator')),
    phone            text NOT NULL,
    email            text NOT NULL,
    name             text NOT NULL,
    password_phc     text NOT NULL,
    use_agree        boolean NOT NULL,
    private_agree    boolean NOT NULL,
    marketing_agree  boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    last_login_at    timestamptz,
    deleted_at       timestamptz
);
CREATE UNIQUE INDEX users_phone ON users (phone) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;

CREATE TABLE company (
    id           uuid PRIMARY KEY,
    code         text NOT NULL CONSTRAINT company_code UNIQUE,
    name         text NOT NULL,
    subdomain    text NOT NULL CONSTRAINT company_subdomain UNIQUE,
    placeholder  boolean NOT NULL,
    owner_id     uuid NOT NULL REFERENCES users,
    created_at   timestamptz NOT NULL,
    reset_at     timestamptz NOT NULL,
    deleted_at   timestamptz
);

CREATE TABLE permission_template (
    id          uuid PRIMARY KEY,
    company_id  uuid NOT NULL REFERENCES company,
    kind        text NOT NULL CHECK (kind IN ('owner', 'member', 'custom')),
    name        text NOT NULL,
    flags       bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT permission_template_name UNIQUE (company_id, name)
);

CREATE TABLE membership (
    user_id      uuid NOT NULL REFERENCES users,
    company_id   uuid NOT NULL REFERENCES company,
    template_id  uuid NOT NULL REFERENCES permission_template,
    state        text NOT NULL CHECK (state IN ('member', 'pending', 'refused', 'dormant')),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, company_id)
);
-- A user works in one company at a time.
CREATE UNIQUE INDEX membership_current ON membership (user_id) WHERE state = 'member';

-- One log-in and all its tokens (the family). version grows with every change; Redis never goes back.
CREATE TABLE session (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users,
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoke_reason  text,
    client_ip      text NOT NULL,
    agent          text NOT NULL
);
CREATE INDEX session_by_user ON session (user_id) WHERE revoked_at IS NULL;
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE refresh_token (
    digest      bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    generation  bigint NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    CONSTRAINT refresh_token_generation UNIQUE (session_id, generation)
);

-- The access tokens that may still be alive: what a log-out puts on the blacklist.
CREATE TABLE access_token (
    jti         uuid PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX access_token_by_session ON access_token (session_id);
CREATE INDEX access_token_by_expiry ON access_token (expires_at);
