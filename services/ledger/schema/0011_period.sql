-- Applications are numbered by hashes, so their index grew everywhere at once, and the more years the ledger held, the slower the next list was posted. It begins with the year of the
-- agreement now, which no amendment changes: a new year's list touches its own part of the index only. Covers, whose key is the person, are parted by year for the same reason.
-- Journals, entries and outcomes are in one table each: their keys (agreement and number, origin) hold over all years and grow at their ends, and PostgreSQL would keep a key over parts by
-- year only if the year were in it.
ALTER TABLE ledger.outcome ADD COLUMN period smallint NOT NULL DEFAULT 0; -- year of the first day of the agreement; 0 without an agreement. Not in the hash: it follows from the agreement
ALTER TABLE ledger.outcome DISABLE TRIGGER insert_only; -- what stands in no hash is filled in once
UPDATE ledger.outcome o SET period = extract(year FROM a.period_from) FROM ledger.agreement a WHERE a.agreement_no = o.agreement_no AND a.agreement_no > 0;
ALTER TABLE ledger.outcome ENABLE TRIGGER insert_only;

DROP INDEX ledger.outcome_once;
CREATE UNIQUE INDEX outcome_once ON ledger.outcome (period, application_id, attempt) WHERE NOT repeat AND application_id <> '\x00000000000000000000000000000000';

-- The same view as before, by that index.
CREATE OR REPLACE VIEW report.rejection AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement,
       (extract(year FROM o.decided_at AT TIME ZONE 'Asia/Jakarta') * 100 + extract(month FROM o.decided_at AT TIME ZONE 'Asia/Jakarta'))::int AS month, o.codes,
       count(*) AS applications
FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no)
WHERE o.status IN (3, 6) AND NOT o.repeat
  AND NOT EXISTS (SELECT FROM ledger.outcome later
                  WHERE later.period = ANY (ARRAY(SELECT 0::smallint UNION SELECT extract(year FROM every.period_from)::smallint FROM ledger.agreement every))
                    AND later.application_id = o.application_id AND later.attempt > o.attempt AND NOT later.repeat
                    AND later.application_id <> '\x00000000000000000000000000000000')
GROUP BY coalesce(a.parent, ''), a.agreement_id, 3, o.codes;
