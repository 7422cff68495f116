-- Where sending walked or rewrote more than the messages that it was about.
-- Who could not be told is listed by the moment at which that became certain. Such a moment has a column of its own, which only a message that failed has: an index on the state itself was rewritten, with
-- all others of the table, at every change of every message (0030_sending.sql), though nearly none of them fails.
ALTER TABLE notice.message ADD COLUMN failed_at timestamptz GENERATED ALWAYS AS (CASE WHEN state = 'failed' THEN settled_at END) STORED;
DROP INDEX notice.message_failed;
CREATE INDEX message_failed ON notice.message (failed_at, event_id) WHERE failed_at IS NOT NULL;
COMMENT ON COLUMN notice.message.failed_at IS 'since when it is certain that nobody could be told; null unless the message failed';

-- Notices to offices are few, and letters to persons by the same channel may be a million: who looks for the ones must not walk over the others.
DROP INDEX notice.outbox_due;
CREATE INDEX outbox_due ON notice.outbox (channel, next_attempt_at) WHERE stage = 'waits' AND cause <> 'sponsor';
CREATE INDEX outbox_due_offices ON notice.outbox (channel, next_attempt_at) WHERE stage = 'waits' AND cause = 'sponsor';
