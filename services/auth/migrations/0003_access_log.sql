-- Every request through the gateway. The id is a UUIDv7 made of the time of the request and its request id: the primary
-- key is the order of time (what lists and the nightly deletion go by) and lets a row in only once.
CREATE TABLE access_log (
    id           uuid PRIMARY KEY,
    request_id   text NOT NULL,
    at           timestamptz NOT NULL,
    user_id      uuid,
    company_id   uuid,
    session_id   uuid,
    method       text NOT NULL,
    path         text NOT NULL,
    status       int NOT NULL,
    duration_us  bigint NOT NULL,
    ip           text NOT NULL,
    agent        text NOT NULL
);
CREATE INDEX access_log_by_user ON access_log (user_id, id) WHERE user_id IS NOT NULL;
