-- Webhooks: places of partners to which events are sent, what is owed to each of them, and how each attempt went. What is owed is written in the transaction that passes the event, and
-- kept until it was sent or given up; a body holds nothing of a person but ids.

CREATE TABLE intake.webhook (
    webhook_no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id      text        NOT NULL UNIQUE CHECK (webhook_id ~ '^w[0-9a-f]{32}$'),
    partner_id      text        NOT NULL REFERENCES intake.partner,
    url             text        NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 1023),
    description     text        NOT NULL DEFAULT '',
    events          text[]      NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 16 AND array_position(events, NULL) IS NULL),
    agreement_id    text        CHECK (agreement_id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'), -- only events of this one and the offices under it; NULL: of all that its partner may see
    state           text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'deleted')),
    reason          text        NOT NULL DEFAULT '' CHECK (reason IN ('', 'GONE', 'FAILING')), -- why it is disabled: it answered 410; nothing but failures for too long
    created_at      timestamptz NOT NULL DEFAULT now(),
    -- The secrets that sign, sealed with the key folder: the last one, and the one before it for as long as was granted.
    generation      int         NOT NULL DEFAULT 1,
    secret          bytea,
    secret_key_id   text,
    previous_secret bytea,
    previous_key_id text,
    previous_until  timestamptz,
    failing_since   timestamptz,                                -- of the first failure after the last success
    not_before      timestamptz NOT NULL DEFAULT '-infinity',  -- it asked for a pause
    CHECK ((secret IS NULL) = (state = 'deleted') AND (secret IS NULL) = (secret_key_id IS NULL)),
    CHECK ((previous_secret IS NULL) = (previous_key_id IS NULL) AND (previous_secret IS NULL) = (previous_until IS NULL))
);
CREATE UNIQUE INDEX webhook_place ON intake.webhook (partner_id, url) WHERE state <> 'deleted';

-- An event that is owed to an endpoint, once.
CREATE TABLE intake.webhook_delivery (
    delivery_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_no      bigint      NOT NULL REFERENCES intake.webhook,
    event_id        bytea       NOT NULL CHECK (octet_length(event_id) = 16),
    event_type      text        NOT NULL,
    agreement_id    text        NOT NULL DEFAULT '',
    body            bytea       NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    state           text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    next_attempt_at timestamptz NOT NULL DEFAULT now(), -- while it is pending
    attempts        int         NOT NULL DEFAULT 0,     -- all of them
    step            int         NOT NULL DEFAULT 0,     -- those since it began, or was sent anew by hand: where it stands in the schedule
    last_status     int,                                -- NULL: none yet; 0: there was no answer
    last_attempt_at timestamptz,
    UNIQUE (webhook_no, event_id)
) WITH (fillfactor = 80);
CREATE INDEX webhook_delivery_due ON intake.webhook_delivery (webhook_no, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_history ON intake.webhook_delivery (webhook_no, delivery_no);

-- How each attempt went: written once, and gone with its delivery.
CREATE TABLE intake.webhook_attempt (
    delivery_no  bigint      NOT NULL REFERENCES intake.webhook_delivery ON DELETE CASCADE,
    attempt      int         NOT NULL,
    attempted_at timestamptz NOT NULL DEFAULT now(),
    status       int         NOT NULL,                                   -- 0: there was no answer
    error        text        NOT NULL CHECK (octet_length(error) <= 200),
    duration_ms  int         NOT NULL,
    PRIMARY KEY (delivery_no, attempt)
);
