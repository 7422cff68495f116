-- All segments in the ledger: the package of a migrant worker (JKK and JKM for one price) as a charge of its own, journals whose hash covers it, the options of an
-- agreement, and umbrella agreements that give parts of their budget to the agreements under them. What stands already keeps its values and its hashes.

-- Rupiah of the PMI package, for the whole cover; 0 in all other segments. With jkk ... jp: what is committed, or what it would cost who waits.
ALTER TABLE ledger.outcome ADD COLUMN package bigint NOT NULL DEFAULT 0;
ALTER TABLE ledger.outcome DROP CONSTRAINT outcome_check;
ALTER TABLE ledger.outcome ADD CONSTRAINT amount_is_the_sum_of_its_charges
    CHECK (amount = CASE WHEN status = 1 AND NOT repeat THEN jkk + jkm + jht + jp + package ELSE 0 END);
COMMENT ON COLUMN ledger.outcome.person_token IS 'whom the cover is kept for: the person; in JAKON the project';
COMMENT ON COLUMN ledger.outcome.lines IS 'the premium lines as JSON text, one a charge, share and run of months (services/ledger/canonical.h); empty when nothing is priced';

-- How the bytes under the hash are written (services/ledger/canonical.h): 2 covers the package.
ALTER TABLE ledger.journal ADD COLUMN version smallint NOT NULL DEFAULT 1 CHECK (version BETWEEN 1 AND 2);

-- Options and parent of an agreement. Numbers are those of common/domain/agreement.h; 0 = not stated.
ALTER TABLE ledger.agreement
    ADD COLUMN data_source      smallint NOT NULL DEFAULT 0 CHECK (data_source BETWEEN 0 AND 2),  -- 1 DTSEN, 2 DTKS
    ADD COLUMN data_source_date date,                                                            -- NULL = the newest list
    ADD COLUMN desil_max        smallint NOT NULL DEFAULT 0 CHECK (desil_max BETWEEN 0 AND 10),
    ADD COLUMN exclude_active   boolean  NOT NULL DEFAULT false,
    ADD COLUMN region_scope     smallint NOT NULL DEFAULT 0 CHECK (region_scope BETWEEN 0 AND 3), -- 1 regency, 2 province, 3 any; 0 = as the payer's region says
    ADD COLUMN parent           text REFERENCES ledger.agreement (agreement_id) CHECK (parent <> agreement_id),
    ALTER COLUMN min_age   SET DEFAULT 0,  -- 0 = the parameters of the law (parameters.tsv)
    ALTER COLUMN age_limit SET DEFAULT 0;
CREATE INDEX agreement_of_parent ON ledger.agreement (parent) WHERE parent IS NOT NULL;

-- What an umbrella agreement has given to the agreements under it: the sum of their pagu, when it states one itself. Money is either committed here or given away, never both.
ALTER TABLE ledger.budget ADD COLUMN delegated bigint NOT NULL DEFAULT 0;
ALTER TABLE ledger.budget DROP CONSTRAINT pagu_never_exceeded;
ALTER TABLE ledger.budget ADD CONSTRAINT pagu_never_exceeded CHECK (committed >= 0 AND delegated >= 0 AND committed + delegated <= pagu);
