-- Reminders, switches, and who must hear of what needs a person.

-- Several operators are told of one fact, each once.
ALTER TABLE alarm DROP CONSTRAINT alarm_source;
ALTER TABLE alarm ADD CONSTRAINT alarm_source UNIQUE (source_id, kind, user_id);

-- "Remind me later": when, and the reminder's own id, which is new each time and the key of its job.
ALTER TABLE alarm ADD COLUMN remind_at timestamptz, ADD COLUMN remind_id uuid;
ALTER TABLE alarm ADD CONSTRAINT alarm_remind CHECK ((remind_at IS NULL) = (remind_id IS NULL));
CREATE UNIQUE INDEX alarm_remind_id ON alarm (remind_id) WHERE remind_id IS NOT NULL;

-- What a user wants to be told by e-mail and by KakaoTalk. The row of nobody holds for all who have none.
CREATE TABLE alarm_switch (
    user_id                uuid PRIMARY KEY,
    email_product_service  boolean NOT NULL,
    email_promotion        boolean NOT NULL,
    email_customer_status  boolean NOT NULL,
    email_add_consulting   boolean NOT NULL,
    kakao_product_service  boolean NOT NULL,
    kakao_promotion        boolean NOT NULL,
    kakao_customer_status  boolean NOT NULL,
    kakao_add_consulting   boolean NOT NULL
);
INSERT INTO alarm_switch VALUES ('00000000-0000-0000-0000-000000000000', true, true, true, true, false, false, false, true);

CREATE TABLE operator (
    user_id   uuid PRIMARY KEY,
    added_at  timestamptz NOT NULL
);
