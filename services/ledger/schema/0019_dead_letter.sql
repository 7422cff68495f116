-- What operators decided about dead letters. A letter itself stands in Kafka (<topic>.dlq); here is one row for each that somebody edited, replayed or discarded, written in the
-- transaction that makes its next attempt due (ledger.pending) or promises it to a topic (ledger.outbox). So nothing is produced by whoever decides, and nothing is decided twice.
CREATE SCHEMA ops;

CREATE TABLE ops.dead_letter (
    topic             text   NOT NULL,            -- symbol of topics.def; the letter stands in partition 0 of its .dlq
    partition         int    NOT NULL DEFAULT 0,
    letter_offset     bigint NOT NULL CHECK (letter_offset >= 0),
    fingerprint       bytea  NOT NULL CHECK (octet_length(fingerprint) = 32), -- of content and origin: the same for a letter that was written twice, another one in a topic that was made anew
    code              text   NOT NULL,            -- dlq.error.code
    source_partition  int    NOT NULL,
    source_offset     bigint NOT NULL,
    state             text   NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'REPLAYED', 'DISCARDED')),
    edited            bytea,                      -- what goes in place of the letter's bytes: a message of `submitted`, or of the letter's own topic beside the enrolment path
    edited_by         text,
    edited_at         timestamptz,
    edited_because    text,
    decided_by        text,
    decided_at        timestamptz,
    because           text,
    application_id    bytea CHECK (octet_length(application_id) = 16),
    attempt           int,                        -- the attempt that it became; NULL when it went another way than an enrolment
    outbox_no         bigint,                     -- the row of ledger.outbox that it became
    PRIMARY KEY (topic, partition, letter_offset, fingerprint),
    CHECK ((state = 'OPEN') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (because IS NULL)),
    CHECK ((edited IS NULL) = (edited_by IS NULL) AND (edited IS NULL) = (edited_at IS NULL) AND (edited IS NULL) = (edited_because IS NULL)),
    CHECK (state = 'REPLAYED' OR (attempt IS NULL AND outbox_no IS NULL))
);
CREATE INDEX dead_letter_twin ON ops.dead_letter (fingerprint);
CREATE INDEX dead_letter_application ON ops.dead_letter (application_id) WHERE application_id IS NOT NULL;

-- A next attempt may be due because an operator mended what it failed for: a dead letter (5, by `payung dlq replay`) or a decision (6, by `payung reprocess`).
ALTER TABLE ledger.pending DROP CONSTRAINT pending_purpose_check;
ALTER TABLE ledger.pending ADD CONSTRAINT pending_purpose_check CHECK (purpose BETWEEN 1 AND 6);
