-- How a list's bytes were read when it came in (enum encoding of common/domain/encoding.h), so that its result file knows at its first byte how to begin. 0: from before encodings
-- were told apart, so it is UTF-8; and every row of it with a text counts, also one that sums up others, as it was staged then.
ALTER TABLE intake.batch ADD COLUMN encoding smallint NOT NULL DEFAULT 0;
