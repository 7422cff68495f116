-- The ledger. Agreements and their budgets, the lineage position, one outcome per application and attempt, one cover calendar per person,
-- segment and year, and double-entry journals in a hash chain per agreement. Outcomes, journals and entries are insert-only.
-- Statuses and codes are the numbers/texts of common/domain (outcome_status, codes.def, programme.h).
CREATE SCHEMA ledger;

-- Where the ledger stands in each partition of `submitted`; moved by compare-and-set in the transaction of the postings (house.md, rule 5).
CREATE TABLE ledger.lineage (
    partition    int    PRIMARY KEY,
    epoch        int    NOT NULL DEFAULT 1 CHECK (epoch >= 1),
    first_origin bigint NOT NULL DEFAULT 0,
    next         bigint NOT NULL DEFAULT 0 CHECK (next >= first_origin)
) WITH (fillfactor = 50);

-- Closed epochs: where the old one ended when `submitted` had to be re-made or was cut (rule 9).
CREATE TABLE ledger.lineage_epoch (
    partition    int NOT NULL,
    epoch        int NOT NULL,
    first_origin bigint NOT NULL,
    closed_at_next bigint NOT NULL,
    closed_at    timestamptz NOT NULL DEFAULT now(),
    reason       text NOT NULL,
    PRIMARY KEY (partition, epoch)
);

CREATE TABLE ledger.agreement (
    agreement_no       int  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agreement_id       text NOT NULL UNIQUE CHECK (agreement_id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    document           jsonb NOT NULL,            -- as applied
    document_sha256    bytea NOT NULL,
    name               text NOT NULL,
    payer_kind         text NOT NULL,
    payer_name         text NOT NULL,
    payer_region       int  NOT NULL,             -- PPKK, PP00 for a province, 0 for none
    funds              smallint NOT NULL CHECK (funds BETWEEN 1 AND 4),
    has_legal_basis    boolean NOT NULL,
    period_from        date NOT NULL,
    period_to          date NOT NULL CHECK (period_to >= period_from),
    months             smallint NOT NULL CHECK (months BETWEEN 1 AND 1200),
    registration_date  date,
    programmes_bpu     smallint NOT NULL DEFAULT 0,  -- bit sets as on the wire
    programmes_pu      smallint NOT NULL DEFAULT 0,
    programmes_jakon   smallint NOT NULL DEFAULT 0,
    programmes_pmi     smallint NOT NULL DEFAULT 0,
    occupations        text[] NOT NULL DEFAULT '{}',
    min_age            smallint NOT NULL DEFAULT 17,
    age_limit          smallint NOT NULL DEFAULT 65,
    partition_realtime int NOT NULL,
    partition_bulk     int NOT NULL,
    applied_by         text NOT NULL,
    applied_at         timestamptz NOT NULL DEFAULT now()
);
-- agreement_no 0 stands for "no readable agreement": the chain of parked and unknown records.
INSERT INTO ledger.agreement (agreement_no, agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds,
                              has_legal_basis, period_from, period_to, months, partition_realtime, partition_bulk, applied_by)
OVERRIDING SYSTEM VALUE
VALUES (0, 'none', '{}', '\x', 'no readable agreement', 'NONE', '-', 0, 4, false, '1900-01-01', '1900-01-01', 1, 0, 0, 'migration');

-- The hot row of an agreement: one update per agreement and batch. The pagu can never be exceeded: the constraint holds at every moment.
CREATE TABLE ledger.budget (
    agreement_no int    PRIMARY KEY REFERENCES ledger.agreement,
    pagu         bigint NOT NULL CHECK (pagu >= 0),
    quota        bigint NOT NULL DEFAULT -1,      -- heads; -1 = none
    committed    bigint NOT NULL DEFAULT 0,
    accepted     bigint NOT NULL DEFAULT 0,
    waitlisted   bigint NOT NULL DEFAULT 0,       -- length of the waiting list = last rank given
    journal_seq  bigint NOT NULL DEFAULT 0,       -- last journal of the chain
    head         bytea  NOT NULL DEFAULT '\x',    -- its hash
    CONSTRAINT pagu_never_exceeded  CHECK (committed BETWEEN 0 AND pagu),
    CONSTRAINT quota_never_exceeded CHECK (accepted >= 0 AND (quota < 0 OR accepted <= quota))
) WITH (fillfactor = 50);
INSERT INTO ledger.budget (agreement_no, pagu) VALUES (0, 0);

CREATE SEQUENCE ledger.commit_sequence;

-- One row per origin: the sub-ledger line that carries the amounts.
CREATE TABLE ledger.outcome (
    epoch             int      NOT NULL,
    partition         int      NOT NULL,
    origin            bigint   NOT NULL,
    application_id    bytea    NOT NULL,           -- 16 bytes; all zero when parked unreadable
    attempt           int      NOT NULL,
    repeat            boolean  NOT NULL,           -- a second submission: the first one's outcome stands, this row charges nothing
    agreement_no      int      NOT NULL,           -- of ledger.agreement; no foreign key: its check would cost as much as the row. Journals have one, verify checks
    batch_id          text     NOT NULL,           -- '' for a single enrolment
    row_number        int      NOT NULL,
    status            smallint NOT NULL CHECK (status BETWEEN 1 AND 6),
    codes             bigint   NOT NULL,           -- bit set, bit n = code number n
    warnings          bigint   NOT NULL,
    person_token      bytea    NOT NULL,
    segment           smallint NOT NULL,
    programmes        smallint NOT NULL,
    start_month       int      NOT NULL,           -- YYYYMM
    months            smallint NOT NULL,
    jkk               bigint   NOT NULL,           -- rupiah, all months; 0 unless accepted or waitlisted (then: what it would cost)
    jkm               bigint   NOT NULL,
    jht               bigint   NOT NULL,
    jp                bigint   NOT NULL,
    amount            bigint   NOT NULL,           -- committed: jkk+jkm+jht+jp when accepted, else 0
    rank              int      NOT NULL,           -- place in the waiting list, 0 unless waitlisted
    registration_date date     NOT NULL,
    lines             text     NOT NULL,           -- '' or JSON (as text, because the hash covers its bytes; cast it to jsonb): an array of premium lines
                                                   -- {programme, from, months, base, rate_ppm, normal, amount, tariff_row, regulation, relief}
    message_due       text,                        -- template of the message that the person is owed; NULL = nobody is told
    commit_sequence   bigint   NOT NULL,
    position          int      NOT NULL,           -- place in its transaction: (commit_sequence, position) is the order in which the budget was asked
    journal_seq       bigint   NOT NULL,           -- of the agreement's chain
    decided_at        timestamptz NOT NULL,
    PRIMARY KEY (partition, epoch, origin),
    CHECK (octet_length(application_id) = 16),
    CHECK (amount = CASE WHEN status = 1 AND NOT repeat THEN jkk + jkm + jht + jp ELSE 0 END)
);
CREATE UNIQUE INDEX outcome_once ON ledger.outcome (application_id, attempt) WHERE NOT repeat AND application_id <> '\x00000000000000000000000000000000';
CREATE INDEX outcome_of_journal ON ledger.outcome (agreement_no, journal_seq, position);

-- True when no two holders share a month of a programme and together they are exactly the calendar. holders: 5 numbers each
-- (agreement_no, jkk, jkm, jht, jp), the last four as month masks (bit 0 = January).
CREATE FUNCTION ledger.cover_is_single(holders int[], jkk int, jkm int, jht int, jp int) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    held int[] := ARRAY[0, 0, 0, 0];
    i int;
    k int;
BEGIN
    IF cardinality(holders) = 0 OR cardinality(holders) % 5 <> 0 THEN RETURN false; END IF;
    FOR i IN 0 .. cardinality(holders) / 5 - 1 LOOP
        FOR k IN 1 .. 4 LOOP
            IF held[k] & holders[i * 5 + 1 + k] <> 0 THEN RETURN false; END IF;
            held[k] := held[k] | holders[i * 5 + 1 + k];
        END LOOP;
    END LOOP;
    RETURN held = ARRAY[jkk, jkm, jht, jp];
END $$;

-- One person, one cover per programme and month, whoever pays: the month is a bit, the primary key and the constraint hold it.
CREATE TABLE ledger.cover (
    person_token bytea    NOT NULL CHECK (octet_length(person_token) = 16),
    segment      smallint NOT NULL,
    year         smallint NOT NULL,
    jkk          int      NOT NULL CHECK (jkk BETWEEN 0 AND 4095),
    jkm          int      NOT NULL CHECK (jkm BETWEEN 0 AND 4095),
    jht          int      NOT NULL CHECK (jht BETWEEN 0 AND 4095),
    jp           int      NOT NULL CHECK (jp  BETWEEN 0 AND 4095),
    holders      int[]    NOT NULL,
    PRIMARY KEY (person_token, segment, year),
    CONSTRAINT one_cover_per_programme_and_month CHECK (
        CASE WHEN cardinality(holders) = 5
             THEN holders[2] = jkk AND holders[3] = jkm AND holders[4] = jht AND holders[5] = jp
             ELSE ledger.cover_is_single(holders, jkk, jkm, jht, jp) END)
);

-- One journal per transaction and agreement; its hash covers the previous head, the journal, its entries and its outcomes in the order of position
-- (the exact bytes: services/ledger/canonical.h).
CREATE TABLE ledger.journal (
    agreement_no    int    NOT NULL REFERENCES ledger.agreement,
    seq             bigint NOT NULL CHECK (seq >= 1),
    kind            text   NOT NULL CHECK (kind IN ('COMMITMENT')),  -- more kinds come with invoices and payments
    business_date   date   NOT NULL,
    commit_sequence bigint NOT NULL,
    outcomes        int    NOT NULL,
    previous        bytea  NOT NULL,
    hash            bytea  NOT NULL CHECK (octet_length(hash) = 32),
    posted_at       timestamptz NOT NULL,
    PRIMARY KEY (agreement_no, seq)
);

-- Debit positive, credit negative; whole rupiah. A commitment (encumbrance of the budget) books KOMITMEN:<agreement> against
-- IURAN-KOMITMEN:<programme>; invoices will turn it into PIUTANG and IURAN.
CREATE TABLE ledger.entry (
    agreement_no int    NOT NULL,
    seq          bigint NOT NULL,
    line         smallint NOT NULL,
    account      text   NOT NULL,
    amount       bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (agreement_no, seq, line),
    FOREIGN KEY (agreement_no, seq) REFERENCES ledger.journal
);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the ledger is insert-only, correct by a reversal', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.outcome FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.journal FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry   FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Debits equal credits in every journal, checked by the database at commit.
CREATE FUNCTION ledger.journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference numeric;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO difference FROM ledger.entry WHERE agreement_no = NEW.agreement_no AND seq = NEW.seq;
    IF difference <> 0 THEN
        RAISE EXCEPTION 'journal % of agreement % does not balance: debits minus credits = %', NEW.seq, NEW.agreement_no, difference;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON ledger.journal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger.journal_balances();
