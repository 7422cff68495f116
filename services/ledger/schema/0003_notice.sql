-- Notification's memory: its position in `decided` and one row per message that was handed over. What is owed stands in
-- ledger.outcome.message_due, so that promised = queued + sent + failed + stale can be counted like money.
CREATE SCHEMA notice;

CREATE TABLE notice.lineage (
    partition    int    PRIMARY KEY,
    epoch        int    NOT NULL DEFAULT 1,
    first_origin bigint NOT NULL DEFAULT 0,
    next         bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE notice.message (
    event_id       bytea PRIMARY KEY CHECK (octet_length(event_id) = 16), -- of the decision: one message per event
    application_id bytea NOT NULL,
    attempt        int   NOT NULL,
    agreement_id   text  NOT NULL,
    template       text  NOT NULL,
    channel        text  NOT NULL,
    state          text  NOT NULL CHECK (state IN ('sent', 'failed', 'stale')),
    error          text  NOT NULL DEFAULT '',
    settled_at     timestamptz NOT NULL
);
CREATE INDEX message_of_application ON notice.message (application_id, attempt);
