-- Messages that wait for their provider. A message stands in notice.message from the moment that it is owed (queued) to its end; while something is still to be done for it, its event, with
-- the person sealed as it travelled, stands in notice.outbox. notice.attempt tells every hand-over; one without an end was under way when its sender fell.
ALTER TABLE notice.message DROP CONSTRAINT message_state_check;
ALTER TABLE notice.message ADD CONSTRAINT message_state_check CHECK (state IN ('queued', 'sent', 'delivered', 'failed', 'stale'));
ALTER TABLE notice.message ADD COLUMN recipient text NOT NULL DEFAULT '' CHECK (length(recipient) <= 16); -- of one that failed: the telephone number, masked
CREATE INDEX message_failed ON notice.message (settled_at) WHERE state = 'failed';

CREATE TABLE notice.outbox (
    event_id        bytea       PRIMARY KEY REFERENCES notice.message ON DELETE CASCADE,
    cause           text        NOT NULL CHECK (cause IN ('decision', 'coverage')), -- how `event` is read
    event           bytea       NOT NULL,
    region          int         NOT NULL,               -- PPKK, for the time of day; 0: not known
    channel         text        NOT NULL,               -- it is on its way by this one
    attempts        int         NOT NULL DEFAULT 0,     -- all of them
    step            int         NOT NULL DEFAULT 0,     -- those by this channel
    next_attempt_at timestamptz NOT NULL DEFAULT now(), -- of one that was taken: until when a report of its delivery is waited for
    stale_at        timestamptz NOT NULL,               -- not sent until then, it is of no more use
    stage           text        NOT NULL DEFAULT 'waits' CHECK (stage IN ('waits', 'sending', 'taken'))
) WITH (fillfactor = 70);
CREATE INDEX outbox_due ON notice.outbox (channel, next_attempt_at) WHERE stage = 'waits';
CREATE INDEX outbox_stale ON notice.outbox (stale_at) WHERE stage = 'waits';
CREATE INDEX outbox_sending ON notice.outbox (event_id) WHERE stage = 'sending';
CREATE INDEX outbox_taken ON notice.outbox (next_attempt_at) WHERE stage = 'taken';

CREATE TABLE notice.attempt (
    event_id    bytea       NOT NULL REFERENCES notice.message ON DELETE CASCADE,
    attempt     int         NOT NULL,
    channel     text        NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    result      text        NOT NULL DEFAULT 'sending' CHECK (result IN ('sending', 'taken', 'again', 'refused', 'in doubt')), -- in doubt: nobody knows whether the provider has it
    status      int         NOT NULL DEFAULT 0,         -- 0: there was no answer
    error       text        NOT NULL DEFAULT '' CHECK (octet_length(error) <= 200),
    duration_ms int         NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, attempt)
);
CREATE INDEX attempt_in_doubt ON notice.attempt (channel) WHERE result = 'in doubt';
