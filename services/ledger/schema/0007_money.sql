-- Money and cover over time: numbered versions of agreements, reservations and the waiting list, invoices, payments, the state of each person's cover, and lines as the
-- sub-ledger under every journal. Journals, entries, outcomes, lines, invoices, payments and versions are insert-only; the rest are working tables that `payung ledger verify`
-- recomputes from them. Partitioned by period: ledger.line by contribution month, ledger.cover by year.

-- ---- Agreements: every document that was ever in force, and what waits for a second person's approval -------------------------------------------------------------

ALTER TABLE ledger.agreement
    ADD COLUMN amendment            int      NOT NULL DEFAULT 0 CHECK (amendment >= 0), -- the version in force: ledger.agreement_version
    ADD COLUMN state                text     NOT NULL DEFAULT 'IN_FORCE' CHECK (state IN ('IN_FORCE', 'ENDED')),
    ADD COLUMN billing              smallint NOT NULL DEFAULT 1 CHECK (billing IN (1, 2)),     -- 1 an invoice a month, 2 prepaid for billing_months at once
    ADD COLUMN billing_months       smallint NOT NULL DEFAULT 1 CHECK (billing_months BETWEEN 1 AND 1200),
    ADD COLUMN activation           smallint NOT NULL DEFAULT 1 CHECK (activation IN (1, 2)),  -- cover is ACTIVE 1 by a settled payment, 2 on commitment
    ADD COLUMN grace_months         smallint NOT NULL DEFAULT -1 CHECK (grace_months BETWEEN -1 AND 12), -- -1 = the parameter of the law
    ADD COLUMN reservation_days     smallint NOT NULL DEFAULT 14 CHECK (reservation_days BETWEEN 1 AND 365),
    ADD COLUMN priority_occupations text[]   NOT NULL DEFAULT '{}', -- they stand before others in the waiting list
    ADD COLUMN renews               text REFERENCES ledger.agreement (agreement_id) CHECK (renews <> agreement_id); -- whose waiting list is carried over

CREATE TABLE ledger.agreement_version (
    agreement_no    int   NOT NULL REFERENCES ledger.agreement,
    amendment       int   NOT NULL CHECK (amendment >= 0), -- 0 = as first put in force
    document        jsonb NOT NULL,
    document_sha256 bytea NOT NULL,
    pagu            bigint NOT NULL,
    quota           bigint NOT NULL,
    journal_seq     bigint NOT NULL,  -- the AGREEMENT journal that put it in force; 0 for what stood before migration 0007
    made_by         text NOT NULL,
    approved_by     text NOT NULL,
    in_force_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agreement_no, amendment)
);
INSERT INTO ledger.agreement_version (agreement_no, amendment, document, document_sha256, pagu, quota, journal_seq, made_by, approved_by, in_force_at)
SELECT a.agreement_no, 0, a.document, a.document_sha256, b.pagu, b.quota, 0, a.applied_by, a.applied_by, a.applied_at
FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no) WHERE a.agreement_no > 0;

CREATE TABLE ledger.agreement_proposal (
    proposal_id  text PRIMARY KEY CHECK (proposal_id ~ '^p[0-9a-f]{32}$'),
    agreement_id text  NOT NULL,
    document     jsonb NOT NULL,
    document_sha256 bytea NOT NULL,
    replaces     int   NOT NULL CHECK (replaces >= -1), -- the amendment that was in force when it was made; -1 none: what came in between is not lost by an approval
    state        text  NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'refused', 'withdrawn')),
    made_by      text  NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    checked_by   text,
    checked_at   timestamptz,
    note         text NOT NULL DEFAULT '',
    CONSTRAINT two_persons CHECK (state NOT IN ('approved', 'refused') OR (checked_by IS NOT NULL AND checked_by <> made_by))
);
CREATE UNIQUE INDEX proposal_open ON ledger.agreement_proposal (agreement_id, document_sha256, made_by) WHERE state = 'submitted'; -- the same sent again is the same one
CREATE INDEX proposal_open_of ON ledger.agreement_proposal (made_by, made_at) WHERE state = 'submitted';

-- ---- Journals, version 3: lines, a reference, a reason, and what a reversal reverses -----------------------------------------------------------------------------

ALTER TABLE ledger.journal DROP CONSTRAINT journal_kind_check, DROP CONSTRAINT journal_version_check;
ALTER TABLE ledger.journal
    ADD CONSTRAINT journal_kind_check CHECK (kind IN ('COMMITMENT', 'AGREEMENT', 'INVOICE', 'PAYMENT', 'CREDIT', 'MUTATION', 'STATE', 'PROMOTION', 'SUSPENSE', 'REVERSAL', 'CLOSE')),
    ADD CONSTRAINT journal_version_check CHECK (version BETWEEN 1 AND 3),
    ADD COLUMN lines     int    NOT NULL DEFAULT 0 CHECK (lines >= 0),
    ADD COLUMN reference text   NOT NULL DEFAULT '', -- number of the invoice, external id of the payment, "amendment 2 sha256 ..."
    ADD COLUMN reason    text   NOT NULL DEFAULT '', -- code of the reason: DEATH, MOVED, BANK_RETURN, ...
    ADD COLUMN reverses  bigint NOT NULL DEFAULT 0;  -- a reversal points at the journal of the same agreement that it takes back

-- The place of an accepted person in the list of the agreement: payments settle in this order. 0 unless accepted; in journals before version 3 always 0.
ALTER TABLE ledger.outcome ADD COLUMN place bigint NOT NULL DEFAULT 0;

-- One row per person-level movement (services/ledger/line.h says what each kind means and which entries it makes). The month is the contribution month concerned.
CREATE TABLE ledger.line (
    agreement_no   int      NOT NULL,
    journal_seq    bigint   NOT NULL,
    position       int      NOT NULL,
    month          int      NOT NULL,
    kind           smallint NOT NULL CHECK (kind BETWEEN 1 AND 18),
    place          bigint   NOT NULL DEFAULT 0, -- of ledger.enrolment; 0 = concerns no enrolled person
    application_id bytea CHECK (octet_length(application_id) = 16), -- of a person in the waiting list or with a reservation
    months         smallint NOT NULL DEFAULT 1,
    jkk            bigint   NOT NULL DEFAULT 0, -- net rupiah
    jkm            bigint   NOT NULL DEFAULT 0,
    jht            bigint   NOT NULL DEFAULT 0,
    jp             bigint   NOT NULL DEFAULT 0,
    package        bigint   NOT NULL DEFAULT 0,
    reduction      bigint[] CHECK (cardinality(reduction) = 5), -- of the normal price, by charge; NULL = none
    relief         text,                                        -- id of the relief that reduces
    amount         bigint   NOT NULL DEFAULT 0, -- the sum of the charges; or the money of a line without charges
    reserved       bigint   NOT NULL DEFAULT 0, -- change of the reserved money
    heads          int      NOT NULL DEFAULT 0, -- change of the accepted heads
    waiting        int      NOT NULL DEFAULT 0, -- change of the number who wait without a reservation
    reserved_heads int      NOT NULL DEFAULT 0, -- change of the heads with a reservation
    state          smallint NOT NULL DEFAULT 0, -- kind STATE: the new state of the cover
    day            date     NOT NULL,           -- of the event
    reason         text     NOT NULL DEFAULT '',
    detail         text     NOT NULL DEFAULT '',
    invoice_no     int      NOT NULL DEFAULT 0,
    message_due    text,                        -- template of the message that the person is owed; NULL = nobody is told
    PRIMARY KEY (agreement_no, journal_seq, position, month)
) PARTITION BY RANGE (month);
-- Nobody is invoiced twice for a month. An invoiced month that was taken back (CREDITED) may be invoiced again: such a line of kind INVOICED bears in `detail` the number of the
-- journal that took it back, any other has an empty one.
CREATE UNIQUE INDEX line_invoiced_once ON ledger.line (agreement_no, month, place, detail) WHERE kind = 1;
CREATE INDEX line_taken_back ON ledger.line (agreement_no, month, place) WHERE kind IN (3, 4);

-- One person, one cover (as before), in partitions by year.
ALTER TABLE ledger.cover RENAME TO cover_before;
CREATE TABLE ledger.cover (
    person_token bytea    NOT NULL CHECK (octet_length(person_token) = 16),
    segment      smallint NOT NULL,
    year         smallint NOT NULL,
    jkk          int      NOT NULL CHECK (jkk BETWEEN 0 AND 4095),
    jkm          int      NOT NULL CHECK (jkm BETWEEN 0 AND 4095),
    jht          int      NOT NULL CHECK (jht BETWEEN 0 AND 4095),
    jp           int      NOT NULL CHECK (jp  BETWEEN 0 AND 4095),
    holders      int[]    NOT NULL,
    CONSTRAINT cover_key PRIMARY KEY (person_token, segment, year),
    CONSTRAINT one_cover_per_programme_and_month CHECK (
        CASE WHEN cardinality(holders) = 0 THEN jkk = 0 AND jkm = 0 AND jht = 0 AND jp = 0 -- all of it was released
             WHEN cardinality(holders) = 5
             THEN holders[2] = jkk AND holders[3] = jkm AND holders[4] = jht AND holders[5] = jp
             ELSE ledger.cover_is_single(holders, jkk, jkm, jht, jp) END)
) PARTITION BY RANGE (year);

-- Years before 2015 and after 2035 go to the partition "other": slower, never refused. A later migration adds years.
DO $$
BEGIN
    FOR y IN 2015 .. 2035 LOOP
        EXECUTE format('CREATE TABLE ledger.line_%s PARTITION OF ledger.line FOR VALUES FROM (%s) TO (%s)', y, y * 100, (y + 1) * 100);
        EXECUTE format('CREATE TABLE ledger.cover_%s PARTITION OF ledger.cover FOR VALUES FROM (%s) TO (%s)', y, y, y + 1);
    END LOOP;
END $$;
CREATE TABLE ledger.line_other PARTITION OF ledger.line DEFAULT;
CREATE TABLE ledger.cover_other PARTITION OF ledger.cover DEFAULT;
INSERT INTO ledger.cover SELECT * FROM ledger.cover_before;
DROP TABLE ledger.cover_before;

-- Takes the months of the masks out of what an agreement holds in a cover row; a holder with nothing left goes. NULL when the agreement does not hold all of them.
CREATE FUNCTION ledger.cover_without(holders int[], agreement int, jkk int, jkm int, jht int, jp int) RETURNS int[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    taken int[] := ARRAY[jkk, jkm, jht, jp];
    result int[] := '{}';
    kept int[];
    meets int;
BEGIN
    FOR i IN 0 .. cardinality(holders) / 5 - 1 LOOP
        kept := holders[i * 5 + 1 : i * 5 + 5];
        IF kept[1] = agreement THEN
            FOR k IN 1 .. 4 LOOP
                meets := kept[1 + k] & taken[k];
                kept[1 + k] := kept[1 + k] & ~meets;
                taken[k] := taken[k] & ~meets;
            END LOOP;
        END IF;
        IF kept[2] | kept[3] | kept[4] | kept[5] <> 0 THEN result := result || kept; END IF;
    END LOOP;
    IF taken <> ARRAY[0, 0, 0, 0] THEN RETURN NULL; END IF;
    RETURN result;
END $$;

-- ---- Budget: reservations beside commitments ------------------------------------------------------------------------------------------------------------------------

ALTER TABLE ledger.budget
    ADD COLUMN reserved       bigint NOT NULL DEFAULT 0, -- held for who is being decided: promoted from the waiting list, or waiting for somebody's answer
    ADD COLUMN reserved_heads bigint NOT NULL DEFAULT 0,
    ADD COLUMN tickets        bigint NOT NULL DEFAULT 0, -- the last number given in the waiting list; waitlisted counts who waits now, without a reservation
    ADD COLUMN places         bigint NOT NULL DEFAULT 0, -- the last place given to an accepted person
    ADD COLUMN invoices       int    NOT NULL DEFAULT 0, -- the last invoice number
    ADD COLUMN receivable     bigint NOT NULL DEFAULT 0, -- PIUTANG: invoiced and not paid
    ADD COLUMN credit         bigint NOT NULL DEFAULT 0, -- TITIPAN: paid and not used
    ADD COLUMN run_on         date,                      -- business date of the last monthly run; NULL: there was none
    ADD COLUMN closed_to      date,                      -- no journal has a business date up to this day any more
    DROP CONSTRAINT pagu_never_exceeded,
    DROP CONSTRAINT quota_never_exceeded,
    ADD CONSTRAINT pagu_never_exceeded CHECK (committed >= 0 AND reserved >= 0 AND delegated >= 0 AND committed + reserved + delegated <= pagu),
    ADD CONSTRAINT quota_never_exceeded CHECK (accepted >= 0 AND reserved_heads >= 0 AND (quota < 0 OR accepted + reserved_heads <= quota)),
    ADD CONSTRAINT money_is_there CHECK (receivable >= 0 AND credit >= 0 AND waitlisted >= 0);
UPDATE ledger.budget SET tickets = waitlisted, places = accepted;

CREATE FUNCTION ledger.refuse_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.business_date <= (SELECT closed_to FROM ledger.budget WHERE agreement_no = NEW.agreement_no) THEN
        RAISE EXCEPTION 'the period up to % of agreement % is closed: a journal of % is refused', (SELECT closed_to FROM ledger.budget WHERE agreement_no = NEW.agreement_no),
            NEW.agreement_no, NEW.business_date USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER open_period BEFORE INSERT ON ledger.journal FOR EACH ROW EXECUTE FUNCTION ledger.refuse_closed_period();

-- Who waits, with the ticket that was given, and who has a reservation. The order of service is (class, desil, proposal_date, village, row_number, commit_sequence, position).
CREATE TABLE ledger.waiting (
    application_id  bytea    PRIMARY KEY CHECK (octet_length(application_id) = 16),
    agreement_no    int      NOT NULL,
    attempt         int      NOT NULL,          -- the last one that was decided
    state           smallint NOT NULL CHECK (state IN (1, 2)), -- 1 waits, 2 has a reservation
    undecided       boolean  NOT NULL,          -- its last outcome is PENDING
    ticket          bigint   NOT NULL,          -- 0: never waited (a reservation while an answer from outside is missing)
    class           smallint NOT NULL,          -- 1 a priority occupation of the agreement, 2 any other
    desil           smallint NOT NULL CHECK (desil BETWEEN 1 AND 11), -- 11 = not known
    proposal_date   date     NOT NULL,
    village         bigint   NOT NULL,          -- PPKKCCVVVV
    row_number      int      NOT NULL,
    commit_sequence bigint   NOT NULL,          -- of the first attempt that waited: with position the last word of the order
    position        int      NOT NULL,
    person_token    bytea    NOT NULL,
    segment         smallint NOT NULL,
    start_month     int      NOT NULL,          -- as last priced
    months          smallint NOT NULL,
    amount          bigint   NOT NULL,          -- as last priced, all months
    reserved        bigint   NOT NULL DEFAULT 0,
    reserved_until  date,
    record          bytea    NOT NULL,          -- the message of `submitted`, to be decided anew; the person sealed as always; empty: not known (see below)
    CHECK ((state = 2) = (reserved > 0) AND (state = 2) = (reserved_until IS NOT NULL))
);
-- Who waited before this migration waits on, in the order in which the numbers were given. Their messages of `submitted` are not in the database: an empty record says so, and
-- nobody is served past it until `payung waitlist restore` has found it in the topic.
INSERT INTO ledger.waiting (application_id, agreement_no, attempt, state, undecided, ticket, class, desil, proposal_date, village, row_number, commit_sequence, position, person_token,
                            segment, start_month, months, amount, record)
SELECT application_id, agreement_no, attempt, 1, false, rank, 2, 11, registration_date, 0, row_number, commit_sequence, position, person_token, segment, start_month, months,
       jkk + jkm + jht + jp + package, ''
FROM (SELECT DISTINCT ON (application_id) * FROM ledger.outcome WHERE NOT repeat AND application_id <> '\x00000000000000000000000000000000' ORDER BY application_id, attempt DESC) o
WHERE status = 2;
CREATE INDEX waiting_order ON ledger.waiting (agreement_no, state, class, desil, proposal_date, village, row_number, commit_sequence, position);

-- Who has left by a mutation: no attempt of the application is accepted after this commit sequence, be it in the topics already.
CREATE TABLE ledger.departed (
    application_id  bytea  PRIMARY KEY CHECK (octet_length(application_id) = 16),
    reason          text   NOT NULL, -- of mutation.def
    day             date   NOT NULL, -- of the event
    commit_sequence bigint NOT NULL
);

-- The next attempt may be for another reason than a missing answer, and with other terms (NULL: those of the record).
ALTER TABLE ledger.pending
    ADD COLUMN purpose           smallint NOT NULL DEFAULT 1 CHECK (purpose BETWEEN 1 AND 4), -- 1 asks again, 2 promoted from the waiting list, 3 renewal, 4 brought up to date by an operator
    ADD COLUMN agreement_id      text,
    ADD COLUMN start_month       int,
    ADD COLUMN months            smallint,
    ADD COLUMN registration_date date;

CREATE INDEX pending_renewals ON ledger.pending (agreement_no) WHERE purpose = 3; -- a waiting list is not served while renewals into its agreement are under way: asked every second

-- ---- Enrolled persons: the state of each one's cover -----------------------------------------------------------------------------------------------------------------

CREATE TABLE ledger.enrolment (
    agreement_no   int      NOT NULL,
    place          bigint   NOT NULL CHECK (place >= 1),
    epoch          int      NOT NULL, -- with partition and origin: its outcome, which holds application, price and premium lines
    partition      int      NOT NULL,
    origin         bigint   NOT NULL,
    application_id bytea    NOT NULL,
    attempt        int      NOT NULL,
    person_token   bytea    NOT NULL,
    segment        smallint NOT NULL,
    programmes     smallint NOT NULL,
    start_month    int      NOT NULL,
    end_month      int      NOT NULL,             -- the last month that is bought; before start_month when all was released
    invoiced_to    int      NOT NULL DEFAULT 0,   -- the last month that was invoiced; 0 none
    paid_to        int      NOT NULL DEFAULT 0,   -- the last month up to which all is settled; 0 none
    state          smallint NOT NULL CHECK (state BETWEEN 1 AND 5), -- 1 REGISTERED, 2 ACTIVE, 3 GRACE, 4 LAPSED, 5 ENDED
    state_from     date     NOT NULL,
    reason         text     NOT NULL DEFAULT '',  -- why it ended or lapsed
    PRIMARY KEY (agreement_no, place)
) WITH (fillfactor = 80);

-- What is needed to write to a person or to enrol again: the message of `submitted` with the sealed person. It may be deleted (the right to be forgotten) without touching the chain.
CREATE TABLE ledger.registry (
    agreement_no int    NOT NULL,
    place        bigint NOT NULL,
    record       bytea  NOT NULL,
    ktp_region   int    NOT NULL DEFAULT 0,  -- PPKKCC, VVVV and code of the occupation, for reports
    ktp_village  int    NOT NULL DEFAULT 0,
    occupation   text   NOT NULL DEFAULT '',
    PRIMARY KEY (agreement_no, place)
);

-- Persons accepted before this migration get their places in the order in which they were decided; their registry stays empty.
INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, state_from)
SELECT agreement_no, row_number() OVER (PARTITION BY agreement_no ORDER BY commit_sequence, position), epoch, partition, origin, application_id, attempt, person_token, segment, programmes,
       start_month, (extract(year FROM last) * 100 + extract(month FROM last))::int, 1, registration_date
FROM (SELECT *, make_date(start_month / 100, start_month % 100, 1) + make_interval(months => months - 1) AS last FROM ledger.outcome WHERE status = 1 AND NOT repeat) o;

-- ---- Invoices and payments -------------------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE ledger.invoice_counter (
    region int NOT NULL, -- PPKK
    month  int NOT NULL,
    last   int NOT NULL,
    commit_sequence bigint NOT NULL, -- that drew the last number: numbers follow the commit sequence, so that a replay gives the same ones
    PRIMARY KEY (region, month)
);

CREATE TABLE ledger.invoice (
    agreement_no int    NOT NULL REFERENCES ledger.agreement,
    invoice_no   int    NOT NULL,
    invoice_id   text   NOT NULL UNIQUE,  -- INV-<PPKK>-<YYYYMM>-<seq>
    billing_code text   NOT NULL UNIQUE,  -- digits, the last two check the others (ISO 7064 MOD 97-10)
    journal_seq  bigint NOT NULL,
    first_month  int    NOT NULL,
    months       smallint NOT NULL CHECK (months >= 1),
    issued_on    date   NOT NULL,
    due_on       date   NOT NULL,
    persons      int    NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (agreement_no, invoice_no)
);

-- Open receivables: a row goes when it is settled or credited. Payments settle in the order (invoice, place, month).
CREATE TABLE ledger.due (
    agreement_no int    NOT NULL,
    invoice_no   int    NOT NULL,
    place        bigint NOT NULL,
    month        int    NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (agreement_no, invoice_no, place, month)
);

-- Where the readers of the topics beside the enrolment path stand (house.md, rule 11).
CREATE TABLE ledger.reader (
    topic        text   NOT NULL,
    partition    int    NOT NULL,
    epoch        int    NOT NULL DEFAULT 1,
    first_origin bigint NOT NULL DEFAULT 0,
    next         bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE ledger.payment (
    source         text   NOT NULL, -- who told us: bank and account of a statement, or partner
    external_id    text   NOT NULL, -- the bank's or partner's own number
    content_sha256 bytea  NOT NULL CHECK (octet_length(content_sha256) = 32),
    amount         bigint NOT NULL,
    received_on    date   NOT NULL,
    bank           text   NOT NULL,
    reference      text   NOT NULL, -- invoice number or billing code; empty: none was found. Never free text, which may name persons
    state          text   NOT NULL CHECK (state IN ('BOOKED', 'SUSPENDED')),
    agreement_no   int    NOT NULL, -- 0 when suspended
    journal_seq    bigint NOT NULL,
    settled        bigint NOT NULL, -- of invoices, at once
    credited       bigint NOT NULL, -- kept as credit; negative when older credit was used besides
    commit_sequence bigint NOT NULL,
    PRIMARY KEY (source, external_id),
    CHECK (amount = CASE WHEN state = 'BOOKED' THEN settled + credited ELSE amount END)
);

-- The work list: money without an invoice (booked on SUSPENS), and messages or lines that are no payment (nothing booked).
CREATE TABLE ledger.suspense (
    suspense_no int    PRIMARY KEY, -- dense: given under the lock of the budget of agreement 0
    source      text   NOT NULL,
    external_id text   NOT NULL,
    problem     text   NOT NULL, -- UNKNOWN_INVOICE, AMOUNT_NEGATIVE, AMOUNT_RANGE, CONTENT_DIFFERS, LINE_DAMAGED, ...
    amount      bigint,          -- NULL when it can't be read
    booked      boolean NOT NULL,
    reference   text   NOT NULL,
    raw         text   NOT NULL, -- where it stands: line and file of a bank statement; never what stands there, which may name persons
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    received_on date,
    bank        text   NOT NULL DEFAULT '',
    state       text   NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ASSIGNED', 'RETURNED', 'DISMISSED')),
    journal_seq bigint NOT NULL DEFAULT 0,   -- of agreement 0, when booked; then that of its assignment or return
    agreement_no int   NOT NULL DEFAULT 0,   -- to whom it was assigned, and by which journal of that agreement
    assigned_seq bigint NOT NULL DEFAULT 0,
    resolved_by text,
    resolved_at timestamptz,
    note        text NOT NULL DEFAULT '',
    parked_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX suspense_once ON ledger.suspense (source, external_id, content_sha256);
CREATE INDEX suspense_open ON ledger.suspense (suspense_no) WHERE state = 'OPEN';

-- ---- What leaves the ledger: written in the transaction of its cause, numbered and sent by the relay ------------------------------------------------------------------

CREATE TABLE ledger.outbox (
    outbox_no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic           text   NOT NULL CHECK (topic IN ('PAYMENT', 'COVERAGE', 'COMMAND')), -- symbol of topics.def
    partition       int    NOT NULL,
    key             text   NOT NULL,  -- agreement id, or the source of a payment
    payload         bytea  NOT NULL,  -- the protobuf message without its lineage, which the relay gives it
    commit_sequence bigint NOT NULL,  -- 0 for payments
    sequence        bigint,           -- dense per topic and partition; NULL until the relay has numbered it
    made_at         timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz
);
CREATE UNIQUE INDEX outbox_sequence ON ledger.outbox (topic, partition, sequence);
CREATE INDEX outbox_open ON ledger.outbox (outbox_no) WHERE sent_at IS NULL;

-- The number that a topic's next row gets: kept apart, because rows that were sent long ago may be deleted. Its lock makes the numbering one relay's at a time.
CREATE TABLE ledger.outbox_counter (
    topic     text   NOT NULL,
    partition int    NOT NULL,
    next      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Who did what: every command of an operator or partner, with its reason.
CREATE TABLE ledger.audit (
    audit_no        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now(),
    actor           text   NOT NULL,
    action          text   NOT NULL,
    agreement_id    text   NOT NULL DEFAULT '',
    detail          text   NOT NULL DEFAULT '', -- no NIK, name or phone
    commit_sequence bigint NOT NULL DEFAULT 0
);

-- The signed heads that were handed over: up to a day, an agreement's chain ended with this journal and this hash (services/ledger/head.h). They are signed in the order of
-- the chain, so their numbers, days and journals ascend together.
CREATE TABLE ledger.head (
    agreement_no int    NOT NULL REFERENCES ledger.agreement,
    number       int    NOT NULL CHECK (number >= 1), -- 1, 2, 3, ... per agreement: who has them knows whether one is missing
    date         date   NOT NULL,
    seq          bigint NOT NULL CHECK (seq >= 1),
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32),
    document     text   NOT NULL,                     -- the very bytes that were signed
    public_key   bytea  NOT NULL CHECK (octet_length(public_key) = 32),
    signature    bytea  NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (agreement_no, number),
    UNIQUE (agreement_no, date, seq)
);

CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.line              FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.invoice           FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.payment           FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.agreement_version FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.head              FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.audit             FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'ledger.line'::regclass LOOP -- a partition that is named itself is not covered by its parent's
        EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', part);
    END LOOP;
END $$;

-- What a partner of the API may do: send people, propose agreements, check them, tell of payments (common/domain/partner.h).
ALTER TABLE intake.partner ADD COLUMN roles text[] NOT NULL DEFAULT '{enrol}' CHECK (roles <@ ARRAY['enrol', 'maker', 'checker', 'payments']);

-- ---- What people are told -------------------------------------------------------------------------------------------------------------------------------------------

-- Beside the one message of a decision an application may have one per change of its cover; the event id stays the key. notice.coverage_lineage is to payung.coverage.changed
-- what notice.lineage is to payung.enrolment.decided. What is owed stands in ledger.line.message_due (kind STATE).
ALTER TABLE notice.message ADD COLUMN cause text NOT NULL DEFAULT 'decision' CHECK (cause IN ('decision', 'coverage'));
CREATE TABLE notice.coverage_lineage (LIKE notice.lineage INCLUDING ALL) WITH (fillfactor = 50);

-- ---- Intake's memory of payments: what was sent, by content; of one number exactly one content is the first --------------------------------------------------------------

CREATE TABLE intake.payment (
    source         text  NOT NULL,
    external_id    text  NOT NULL,
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    payment_id     bytea NOT NULL CHECK (octet_length(payment_id) = 16),
    is_first       boolean NOT NULL, -- the payment of this number; the others are told to the ledger's work list
    received_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, external_id, content_sha256)
);
CREATE UNIQUE INDEX payment_first ON intake.payment (source, external_id) WHERE is_first;
