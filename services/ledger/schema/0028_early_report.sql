-- A report that a message could not be delivered may overtake the answer to its hand-over. It is kept with the attempt until the answer is written, and joined then.
ALTER TABLE notice.attempt ADD COLUMN reported_early boolean NOT NULL DEFAULT false;
CREATE INDEX attempt_reported_early ON notice.attempt (event_id, attempt) WHERE reported_early;
