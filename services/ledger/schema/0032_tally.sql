-- Counters for pages that must answer at once however many people there are: rows of lists by what became of them, messages that were promised, messages by channel and state, cards by village
-- and state. Each is moved by a trigger of the statement that is its cause, so in the same transaction, and `payung ledger verify` counts the rows again (check "counter"). The functions run as
-- the owner: the services may read a counter and never write it.
-- Who waits for whom: outcomes and lines are written under the lock of the agreement's budget, so their counters have no waiters of their own. Messages are written by several services at a time:
-- their counters are parted into slots by the session. Rows are touched in the order of their keys.

-- ---- Lists -----------------------------------------------------------------------------------------------------------------------------------------------------------

-- Rows of a list whose application was decided before, so that intake did not send them (submit.c): they have no outcome of their own, and count by the one that their application has.
CREATE TABLE intake.batch_skipped (
    batch_no       bigint NOT NULL REFERENCES intake.batch,
    row_number     int    NOT NULL,
    application_id bytea  NOT NULL CHECK (octet_length(application_id) = 16),
    PRIMARY KEY (batch_no, row_number)
);
CREATE INDEX batch_skipped_application ON intake.batch_skipped (application_id);

-- How many rows of a list ended how. A row is a place (list, row number) at which an application came in with its first attempt or was skipped, once, however often it was submitted; it counts by
-- the outcome that stands (STANDING_OUTCOME of services/ingestion/batch.h): the last one when the first one was no final answer, else the first one.
CREATE TABLE ledger.batch_tally (
    batch_id text     NOT NULL,
    status   smallint NOT NULL, -- of ledger.outcome
    codes    bigint   NOT NULL, -- codes and warnings, as bit set
    rows     bigint   NOT NULL,
    amount   bigint   NOT NULL, -- rupiah that were committed for them
    PRIMARY KEY (batch_id, status, codes)
) WITH (fillfactor = 50);

-- The first row of a list that there was no money for; and of a dry run.
CREATE INDEX outcome_waitlisted ON ledger.outcome (batch_id, row_number) WHERE status = 2;
CREATE INDEX batch_verdict_waitlisted ON intake.batch_verdict (batch_no, row_number) WHERE status = 2;
-- All outcomes of an application: those that count stand in outcome_once, the others here.
CREATE INDEX outcome_repeated ON ledger.outcome (application_id) WHERE repeat;
-- The newest list of an agreement.
CREATE INDEX batch_of_agreement ON intake.batch (agreement_no, batch_no);

-- The same, counted.
CREATE VIEW ledger.batch_counted AS
WITH place AS (SELECT application_id, batch_id, row_number FROM ledger.outcome WHERE attempt = 1 AND batch_id <> '' AND application_id <> '\x00000000000000000000000000000000'
               UNION SELECT s.application_id, b.batch_id, s.row_number FROM intake.batch_skipped s JOIN intake.batch b USING (batch_no)),
     standing AS (SELECT DISTINCT ON (o.application_id) o.application_id, f.status AS first_status, f.codes | f.warnings AS first_codes, f.amount AS first_amount, o.status, o.codes | o.warnings AS codes, o.amount
                  FROM ledger.outcome o JOIN ledger.outcome f ON f.application_id = o.application_id AND f.attempt = 1 AND NOT f.repeat
                  WHERE NOT o.repeat AND o.application_id <> '\x00000000000000000000000000000000' ORDER BY o.application_id, o.attempt DESC)
SELECT p.batch_id, CASE WHEN s.first_status IN (3, 4, 5, 6) THEN s.status ELSE s.first_status END AS status, CASE WHEN s.first_status IN (3, 4, 5, 6) THEN s.codes ELSE s.first_codes END AS codes,
       count(*) AS rows, sum(CASE WHEN s.first_status IN (3, 4, 5, 6) THEN s.amount ELSE s.first_amount END)::bigint AS amount
FROM place p JOIN standing s USING (application_id) GROUP BY 1, 2, 3;

-- ---- What was promised -----------------------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE ledger.promise_tally (
    agreement_no int    NOT NULL,
    cause        text   NOT NULL CHECK (cause IN ('decision', 'coverage')),
    promised     bigint NOT NULL, -- rows of ledger.outcome, or of ledger.line, that owe somebody a message
    PRIMARY KEY (agreement_no, cause)
) WITH (fillfactor = 50);

CREATE VIEW ledger.promise_counted AS
SELECT agreement_no, 'decision'::text AS cause, count(*) AS promised FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat GROUP BY 1
UNION ALL SELECT agreement_no, 'coverage', count(*) FROM ledger.line WHERE message_due IS NOT NULL GROUP BY 1;

-- Whatever came in is new (the first branch, for nearly all), or it repeats or goes on with an application that is known: then all of it is looked at as it was before and as it is after.
CREATE FUNCTION ledger.tally_outcomes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO ledger.promise_tally AS t (agreement_no, cause, promised)
    SELECT agreement_no, 'decision', count(*) FROM fresh WHERE message_due IS NOT NULL AND NOT repeat GROUP BY 1 ORDER BY 1
    ON CONFLICT (agreement_no, cause) DO UPDATE SET promised = t.promised + excluded.promised;

    IF NOT EXISTS (SELECT FROM fresh WHERE repeat OR attempt > 1) THEN
        INSERT INTO ledger.batch_tally AS t (batch_id, status, codes, rows, amount)
        SELECT batch_id, status, codes | warnings, count(*), sum(amount)::bigint FROM fresh
        WHERE batch_id <> '' AND application_id <> '\x00000000000000000000000000000000' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (batch_id, status, codes) DO UPDATE SET rows = t.rows + excluded.rows, amount = t.amount + excluded.amount;
        RETURN NULL;
    END IF;

    INSERT INTO ledger.batch_tally AS t (batch_id, status, codes, rows, amount)
    WITH touched AS MATERIALIZED (SELECT DISTINCT application_id FROM fresh WHERE application_id <> '\x00000000000000000000000000000000'),
         period AS MATERIALIZED (SELECT ARRAY(SELECT 0::smallint UNION SELECT extract(year FROM a.period_from)::smallint FROM ledger.agreement a) AS every),
         known AS MATERIALIZED (
             SELECT o.*, EXISTS (SELECT FROM fresh x WHERE x.partition = o.partition AND x.epoch = o.epoch AND x.origin = o.origin) AS is_fresh
             FROM touched t CROSS JOIN LATERAL (
                 SELECT f.application_id, f.partition, f.epoch, f.origin, f.attempt, f.repeat, f.batch_id, f.row_number, f.status, f.codes | f.warnings AS codes, f.amount FROM ledger.outcome f
                 WHERE f.period = ANY (ARRAY(SELECT unnest(every) FROM period)) AND f.application_id = t.application_id AND NOT f.repeat AND f.application_id <> '\x00000000000000000000000000000000'
                 UNION ALL
                 SELECT r.application_id, r.partition, r.epoch, r.origin, r.attempt, r.repeat, r.batch_id, r.row_number, r.status, r.codes | r.warnings, r.amount FROM ledger.outcome r
                 WHERE r.repeat AND r.application_id = t.application_id) o),
         side AS (SELECT v.sign, k.* FROM known k JOIN (VALUES (-1), (1)) v (sign) ON v.sign = 1 OR NOT k.is_fresh),
         first AS (SELECT sign, application_id, status, codes, amount FROM side WHERE attempt = 1 AND NOT repeat),
         last AS (SELECT DISTINCT ON (sign, application_id) sign, application_id, status, codes, amount FROM side WHERE NOT repeat ORDER BY sign, application_id, attempt DESC),
         place AS (SELECT sign, application_id, batch_id, row_number FROM side WHERE attempt = 1 AND batch_id <> ''
                   UNION SELECT v.sign, s.application_id, b.batch_id, s.row_number FROM touched t JOIN intake.batch_skipped s USING (application_id) JOIN intake.batch b USING (batch_no)
                         CROSS JOIN (VALUES (-1), (1)) v (sign)),
         moved AS (SELECT p.batch_id, p.sign, c.* FROM place p JOIN first f USING (sign, application_id) JOIN last l USING (sign, application_id)
                   CROSS JOIN LATERAL (SELECT CASE WHEN f.status IN (3, 4, 5, 6) THEN l.status ELSE f.status END AS status, CASE WHEN f.status IN (3, 4, 5, 6) THEN l.codes ELSE f.codes END AS codes,
                                              CASE WHEN f.status IN (3, 4, 5, 6) THEN l.amount ELSE f.amount END AS amount) c)
    SELECT batch_id, status, codes, sum(sign), sum(sign * amount)::bigint FROM moved GROUP BY 1, 2, 3 HAVING sum(sign) <> 0 OR sum(sign * amount) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (batch_id, status, codes) DO UPDATE SET rows = t.rows + excluded.rows, amount = t.amount + excluded.amount;
    RETURN NULL;
END $$;
CREATE TRIGGER tally AFTER INSERT ON ledger.outcome REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger.tally_outcomes();

-- Under the lock under which outcomes of the agreement are written: else a next attempt and the rows that go with it would not see each other.
CREATE FUNCTION intake.tally_skipped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM ledger.budget WHERE agreement_no IN (SELECT b.agreement_no FROM fresh JOIN intake.batch b USING (batch_no)) ORDER BY agreement_no FOR NO KEY UPDATE;
    INSERT INTO ledger.batch_tally AS t (batch_id, status, codes, rows, amount)
    WITH period AS MATERIALIZED (SELECT ARRAY(SELECT 0::smallint UNION SELECT extract(year FROM a.period_from)::smallint FROM ledger.agreement a) AS every),
         place AS MATERIALIZED (SELECT s.application_id, b.batch_id, s.row_number FROM fresh s JOIN intake.batch b USING (batch_no)
                   WHERE NOT EXISTS (SELECT FROM ledger.outcome f WHERE f.period = ANY (ARRAY(SELECT unnest(every) FROM period)) AND f.application_id = s.application_id AND f.attempt = 1 AND NOT f.repeat
                                     AND f.application_id <> '\x00000000000000000000000000000000' AND f.batch_id = b.batch_id AND f.row_number = s.row_number)
                     AND NOT EXISTS (SELECT FROM ledger.outcome r WHERE r.repeat AND r.application_id = s.application_id AND r.attempt = 1 AND r.batch_id = b.batch_id AND r.row_number = s.row_number))
    SELECT p.batch_id, c.status, c.codes, count(*), sum(c.amount)::bigint FROM place p
    CROSS JOIN LATERAL (SELECT f.status, f.codes | f.warnings AS codes, f.amount FROM ledger.outcome f WHERE f.period = ANY (ARRAY(SELECT unnest(every) FROM period))
                        AND f.application_id = p.application_id AND f.attempt = 1 AND NOT f.repeat AND f.application_id <> '\x00000000000000000000000000000000' LIMIT 1) f
    CROSS JOIN LATERAL (SELECT n.status, n.codes | n.warnings AS codes, n.amount FROM ledger.outcome n WHERE n.period = ANY (ARRAY(SELECT unnest(every) FROM period))
                        AND n.application_id = p.application_id AND NOT n.repeat AND n.application_id <> '\x00000000000000000000000000000000' ORDER BY n.attempt DESC LIMIT 1) l
    CROSS JOIN LATERAL (SELECT CASE WHEN f.status IN (3, 4, 5, 6) THEN l.status ELSE f.status END AS status, CASE WHEN f.status IN (3, 4, 5, 6) THEN l.codes ELSE f.codes END AS codes,
                               CASE WHEN f.status IN (3, 4, 5, 6) THEN l.amount ELSE f.amount END AS amount) c
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (batch_id, status, codes) DO UPDATE SET rows = t.rows + excluded.rows, amount = t.amount + excluded.amount;
    RETURN NULL;
END $$;
CREATE TRIGGER tally AFTER INSERT ON intake.batch_skipped REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION intake.tally_skipped();

CREATE FUNCTION ledger.tally_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO ledger.promise_tally AS t (agreement_no, cause, promised)
    SELECT agreement_no, 'coverage', count(*) FROM fresh WHERE message_due IS NOT NULL GROUP BY 1 ORDER BY 1
    ON CONFLICT (agreement_no, cause) DO UPDATE SET promised = t.promised + excluded.promised;
    RETURN NULL;
END $$;
CREATE TRIGGER tally AFTER INSERT ON ledger.line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger.tally_lines();

-- ---- Messages --------------------------------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE notice.message_tally (
    agreement_id text     NOT NULL,
    channel      text     NOT NULL,
    state        text     NOT NULL,
    slot         smallint NOT NULL, -- which sessions count here; the sum over all of them is the number, one alone may be below zero
    messages     bigint   NOT NULL,
    PRIMARY KEY (agreement_id, channel, state, slot)
) WITH (fillfactor = 50);

-- The same of all agreements.
CREATE TABLE notice.message_total (
    channel  text     NOT NULL,
    state    text     NOT NULL,
    slot     smallint NOT NULL,
    messages bigint   NOT NULL,
    PRIMARY KEY (channel, state, slot)
) WITH (fillfactor = 50);

CREATE FUNCTION notice.tally_messages() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own CONSTANT smallint := pg_backend_pid() % 8;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM notice.message_tally;
        DELETE FROM notice.message_total;
    ELSIF TG_OP = 'INSERT' THEN
        WITH d AS MATERIALIZED (SELECT agreement_id, channel, state, count(*) AS n FROM fresh GROUP BY 1, 2, 3),
             whole AS (INSERT INTO notice.message_total AS t (channel, state, slot, messages) SELECT channel, state, own, sum(n) FROM d GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
                       ON CONFLICT (channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages)
        INSERT INTO notice.message_tally AS t (agreement_id, channel, state, slot, messages) SELECT agreement_id, channel, state, own, n FROM d WHERE n <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (agreement_id, channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages;
    ELSIF TG_OP = 'DELETE' THEN
        WITH d AS MATERIALIZED (SELECT agreement_id, channel, state, -count(*) AS n FROM old_ones GROUP BY 1, 2, 3),
             whole AS (INSERT INTO notice.message_total AS t (channel, state, slot, messages) SELECT channel, state, own, sum(n) FROM d GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
                       ON CONFLICT (channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages)
        INSERT INTO notice.message_tally AS t (agreement_id, channel, state, slot, messages) SELECT agreement_id, channel, state, own, n FROM d WHERE n <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (agreement_id, channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages;
    ELSE
        WITH d AS MATERIALIZED (SELECT agreement_id, channel, state, sum(sign) AS n FROM (SELECT agreement_id, channel, state, 1 AS sign FROM fresh UNION ALL SELECT agreement_id, channel, state, -1 FROM old_ones) m GROUP BY 1, 2, 3),
             whole AS (INSERT INTO notice.message_total AS t (channel, state, slot, messages) SELECT channel, state, own, sum(n) FROM d GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
                       ON CONFLICT (channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages)
        INSERT INTO notice.message_tally AS t (agreement_id, channel, state, slot, messages) SELECT agreement_id, channel, state, own, n FROM d WHERE n <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (agreement_id, channel, state, slot) DO UPDATE SET messages = t.messages + excluded.messages;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON notice.message REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION notice.tally_messages();
CREATE TRIGGER tally_update AFTER UPDATE ON notice.message REFERENCING OLD TABLE AS old_ones NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION notice.tally_messages();
CREATE TRIGGER tally_delete AFTER DELETE ON notice.message REFERENCING OLD TABLE AS old_ones FOR EACH STATEMENT EXECUTE FUNCTION notice.tally_messages();
CREATE TRIGGER tally_truncate AFTER TRUNCATE ON notice.message FOR EACH STATEMENT EXECUTE FUNCTION notice.tally_messages();

-- Who could not be told, page by page: many end at one moment.
DROP INDEX IF EXISTS notice.message_failed;
CREATE INDEX message_failed ON notice.message (settled_at, event_id) WHERE state = 'failed';

-- ---- Cards -----------------------------------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE notice.card_tally (
    agreement_no int    NOT NULL,
    region       int    NOT NULL, -- of notice.card
    village      int    NOT NULL,
    state        text   NOT NULL,
    cards        bigint NOT NULL,
    PRIMARY KEY (agreement_no, region, village, state)
) WITH (fillfactor = 50);

CREATE VIEW notice.card_counted AS
SELECT c.agreement_no, c.region, c.village, v.state, count(*) AS cards FROM notice.card c
JOIN (SELECT DISTINCT ON (card_no) card_no, state FROM notice.card_event ORDER BY card_no, number DESC) v USING (card_no) GROUP BY 1, 2, 3, 4;

CREATE FUNCTION notice.tally_cards() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO notice.card_tally AS t (agreement_no, region, village, state, cards)
    SELECT c.agreement_no, c.region, c.village, e.state, sum(e.sign) FROM (
        SELECT card_no, state, 1 AS sign FROM fresh
        UNION ALL SELECT p.card_no, p.state, -1 FROM fresh f JOIN notice.card_event p ON p.card_no = f.card_no AND p.number = f.number - 1) e JOIN notice.card c USING (card_no)
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (agreement_no, region, village, state) DO UPDATE SET cards = t.cards + excluded.cards;
    RETURN NULL;
END $$;
CREATE TRIGGER tally AFTER INSERT ON notice.card_event REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION notice.tally_cards();

-- What was sent to endpoints about one application (`payung why` and its page), without a walk over all deliveries.
CREATE INDEX webhook_delivery_event ON intake.webhook_delivery (event_id);

-- ---- What is there already --------------------------------------------------------------------------------------------------------------------------------------------

ALTER TABLE intake.batch_skipped DISABLE TRIGGER tally;
INSERT INTO intake.batch_skipped
SELECT b.batch_no, w.row_number, w.application_id FROM intake.batch b JOIN intake.batch_row w USING (batch_no)
WHERE w.row_number <= b.submitted_rows AND NOT EXISTS (SELECT FROM intake.submitted_range r WHERE r.batch_no = b.batch_no AND w.row_number BETWEEN r.row_from AND r.row_to);
ALTER TABLE intake.batch_skipped ENABLE TRIGGER tally;
INSERT INTO ledger.batch_tally SELECT * FROM ledger.batch_counted;
INSERT INTO ledger.promise_tally SELECT * FROM ledger.promise_counted;
INSERT INTO notice.message_tally SELECT agreement_id, channel, state, 0, count(*) FROM notice.message GROUP BY 1, 2, 3;
INSERT INTO notice.message_total SELECT channel, state, 0, count(*) FROM notice.message GROUP BY 1, 2;
INSERT INTO notice.card_tally SELECT * FROM notice.card_counted;
