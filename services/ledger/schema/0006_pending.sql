-- What waits for a fact from outside and is tried again by itself. One row per application whose last outcome is PENDING: the next attempt (rule 7), which is due at a
-- moment. Written by the ledger in the transaction of the outcome, sent to `submitted` by intake, gone when the attempt ends in anything else.
CREATE TABLE ledger.pending (
    application_id   bytea  PRIMARY KEY CHECK (octet_length(application_id) = 16),
    attempt          int    NOT NULL CHECK (attempt >= 2), -- the one that is due
    partition        int    NOT NULL,                      -- of the last attempt: the next one goes the same way
    origin           bigint NOT NULL,                      -- of the last attempt: who is due together is sent in the order of the list
    agreement_no     int    NOT NULL,
    codes            bigint NOT NULL,                      -- why it waits
    record           bytea  NOT NULL,                      -- the message of `submitted` with the attempt that is due; the person sealed as always
    due_at           timestamptz NOT NULL,                 -- intake sets it forward when it sends the record: what is lost is sent again
    first_pending_at timestamptz NOT NULL
);
CREATE INDEX pending_due ON ledger.pending (due_at, partition, origin);
