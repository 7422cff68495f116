-- What other offices know, as extracts that they handed over as files: the lists of the poor, civil servants, covers paid elsewhere, the population register.
-- Persons stand here by token only (HMAC of the NIK with the pepper), never by NIK or name. Loaded by `payung facts load`, read by eligibility.
-- Numbers of kinds, sources, segments, programmes and statuses are those of services/eligibility/extract.h and common/domain.
CREATE SCHEMA facts;

-- One row per file that was ever loaded; the rows of persons exist only while it is in force.
CREATE TABLE facts.extract (
    extract_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       smallint NOT NULL CHECK (kind BETWEEN 1 AND 4), -- 1 dtsen, 2 civil-servant, 3 active-cover, 4 population
    source     smallint NOT NULL DEFAULT 0,                    -- of kind 1: 1 DTSEN, 2 DTKS; else 0
    region     int CHECK (region BETWEEN 110000 AND 999999),   -- PP0000, PPKK00 or PPKKCC; NULL = the whole country
    as_of      date NOT NULL,
    complete   boolean NOT NULL DEFAULT false,                 -- the file says that nobody of the region is missing in it
    rows       bigint NOT NULL DEFAULT 0,
    refused    bigint NOT NULL DEFAULT 0,                      -- rows of the file that could not be used
    doubled    bigint NOT NULL DEFAULT 0,                      -- rows of the file that repeat an earlier one
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32), -- of the file
    state      text NOT NULL DEFAULT 'in_force' CHECK (state IN ('in_force', 'superseded', 'dropped')),
    loaded_at  timestamptz NOT NULL DEFAULT now(),
    loaded_by  text NOT NULL,
    ended_at   timestamptz,
    CHECK ((kind = 1) = (source BETWEEN 1 AND 2) AND (kind = 1 OR source = 0))
);
-- One extract in force of each kind, source and region. Lists of the poor are kept by date besides, because an agreement may name the date of the list.
CREATE UNIQUE INDEX extract_in_force ON facts.extract (kind, source, coalesce(region, 0), (CASE WHEN kind = 1 THEN as_of END)) NULLS NOT DISTINCT
    WHERE state = 'in_force';

-- The persons of the extracts in force. No foreign keys: rows come by the million, and only `payung facts` writes them, in the transaction that also
-- writes facts.extract. The BRIN indexes find the rows of one extract when it ends.
CREATE TABLE facts.dtsen (
    person_token bytea NOT NULL CHECK (octet_length(person_token) = 16),
    extract_id   int NOT NULL,
    desil        smallint NOT NULL CHECK (desil BETWEEN 0 AND 10), -- 0 = not told
    PRIMARY KEY (person_token, extract_id)
);
CREATE INDEX dtsen_of_extract ON facts.dtsen USING brin (extract_id);

CREATE TABLE facts.civil_servant (
    person_token bytea NOT NULL CHECK (octet_length(person_token) = 16),
    extract_id   int NOT NULL,
    PRIMARY KEY (person_token, extract_id)
);
CREATE INDEX civil_servant_of_extract ON facts.civil_servant USING brin (extract_id);

CREATE TABLE facts.active_cover (
    person_token bytea NOT NULL CHECK (octet_length(person_token) = 16),
    extract_id   int NOT NULL,
    segment      smallint NOT NULL CHECK (segment BETWEEN 1 AND 4),
    programmes   smallint NOT NULL CHECK (programmes BETWEEN 1 AND 31), -- bit set
    payer        text NOT NULL CHECK (length(payer) <= 100),           -- a region code, a kind of payer, a source of funds, or a name
    from_month   int NOT NULL,                                          -- YYYYMM
    to_month     int NOT NULL CHECK (to_month >= from_month),           -- YYYYMM; 299912 = no end is known
    status       smallint NOT NULL CHECK (status BETWEEN 0 AND 3)
);
CREATE INDEX active_cover_of_person ON facts.active_cover (person_token);
CREATE INDEX active_cover_of_extract ON facts.active_cover USING brin (extract_id);

CREATE TABLE facts.population (
    person_token bytea NOT NULL CHECK (octet_length(person_token) = 16),
    extract_id   int NOT NULL,
    status       smallint NOT NULL CHECK (status IN (1, 2)), -- 1 alive, 2 deceased
    ktp_region   int NOT NULL DEFAULT 0,                     -- PPKKCC, 0 = not told
    PRIMARY KEY (person_token, extract_id)
);
CREATE INDEX population_of_extract ON facts.population USING brin (extract_id);

-- Every look-up of a NIK at an outside office, counted before it is sent: access to population data is lost by not reporting it (domain.md 5).
CREATE TABLE facts.lookup (
    day        date NOT NULL, -- western Indonesia
    source     text NOT NULL,
    asker      text NOT NULL, -- the instance
    asked      bigint NOT NULL DEFAULT 0,
    answered   bigint NOT NULL DEFAULT 0,
    unanswered bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, source, asker)
);
