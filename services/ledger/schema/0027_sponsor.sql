-- What a payer's office is told of its agreement (options.contact_email): a report of the day, and before the end of the period that covers end and that a renewal is needed. A row says that it was
-- made, or that there was nothing to say on that day; with its message and its place in the outbox it is written in one transaction, so that each is made once.
CREATE TABLE notice.sponsor_notice (
    agreement_no int         NOT NULL REFERENCES ledger.agreement,
    kind         text        NOT NULL CHECK (kind IN ('SPONSOR_DIGEST', 'SPONSOR_COVER_END', 'SPONSOR_RENEWAL')),
    day          date        NOT NULL, -- of a report: that day; else the last day of the period
    event_id     bytea       UNIQUE CHECK (octet_length(event_id) = 16), -- NULL: there was nothing to say
    made_at      timestamptz NOT NULL,
    to_journal   bigint      NOT NULL, -- of a report: the last journal of the agreement that it tells of
    PRIMARY KEY (agreement_no, kind, day)
);
COMMENT ON TABLE notice.sponsor_notice IS 'what the office of a payer was told of its agreement, once each';
ALTER TABLE notice.message DROP CONSTRAINT message_cause_check;
ALTER TABLE notice.message ADD CONSTRAINT message_cause_check CHECK (cause IN ('decision', 'coverage', 'sponsor')); -- sponsor: application_id is the event's
ALTER TABLE notice.outbox DROP CONSTRAINT outbox_cause_check;
ALTER TABLE notice.outbox ADD CONSTRAINT outbox_cause_check CHECK (cause IN ('decision', 'coverage', 'sponsor')); -- sponsor: the event is the finished letter (sponsor_letter.h)
-- The sender asks every minute who has an office that wants to be told.
CREATE INDEX agreement_contact ON ledger.agreement (agreement_no) WHERE document #>> '{options,contact_email}' IS NOT NULL;
