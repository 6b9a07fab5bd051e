-- The catalogue and what companies have subscribed to. Prices are whole KRW per month; year_* is the monthly equivalent
-- when a year is paid at once.
CREATE TABLE plan_info (
    plan                 text PRIMARY KEY CHECK (plan IN ('free', 'starter', 'pro', 'team', 'company')),
    label                text NOT NULL,
    month_krw            bigint NOT NULL,
    year_krw             bigint NOT NULL,
    month_white_label_krw bigint NOT NULL,
    year_white_label_krw bigint NOT NULL,
    month_analytics_krw  bigint NOT NULL,
    year_analytics_krw   bigint NOT NULL,
    month_chat_krw       bigint NOT NULL,
    year_chat_krw        bigint NOT NULL,
    may_create_company   boolean NOT NULL,
    may_manage_members   boolean NOT NULL,
    may_invite_members   boolean NOT NULL,
    has_file_storage     boolean NOT NULL,
    may_auto_charge      boolean NOT NULL,
    max_requests         int NOT NULL,
    max_customers        int NOT NULL,
    max_forms            int NOT NULL,
    max_storage_bytes    bigint NOT NULL,
    month_charge_krw     bigint NOT NULL,
    year_charge_krw      bigint NOT NULL
);

INSERT INTO plan_info VALUES
('free', '프리', 0, 0, 0, 0, 0, 0, 0, 0, false, false, false, false, true, 3, 10, 1, 0, 0, 0),
('starter', '스타터', 43000, 38000, 0, 0, 21500, 19000, 21500, 19000, true, true, true, true, true, 40, 45, 99999,
 536870912000, 43000, 456000),
('pro', '프로', 75800, 68000, 0, 0, 60700, 54000, 60700, 54000, true, true, true, true, true, 100, 113, 99999,
 1099511627776, 75800, 816000),
('team', '팀', 125300, 112000, 150400, 135000, 150400, 135000, 150400, 135000, true, true, true, true, true, 205, 225,
 99999, 1649267441664, 125300, 1344000),
('company', '컴퍼니', 227200, 204000, 454300, 408000, 340700, 306000, 340700, 306000, true, true, true, true, true, 410,
 450, 99999, 2199023255552, 227200, 2448000);

CREATE TABLE plan (
    id          uuid PRIMARY KEY,
    company_id  uuid NOT NULL,
    plan        text NOT NULL REFERENCES plan_info,
    state       text NOT NULL CHECK (state IN ('current', 'scheduled', 'past')),
    starts_on   date NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX plan_current ON plan (company_id) WHERE state = 'current';
CREATE UNIQUE INDEX plan_scheduled ON plan (company_id) WHERE state = 'scheduled';
