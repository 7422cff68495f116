-- A list as an object: it can be looked at before it enrols anybody, let in by a second person, called off before and taken back after.
ALTER TABLE ledger.agreement
    ADD COLUMN batch_approval boolean NOT NULL DEFAULT false, -- option: a list enrols nobody before a second person has let it in
    ADD COLUMN column_names   text[]  NOT NULL DEFAULT '{}';  -- option: other names of columns in this payer's lists, "nama<TAB>nama sesuai ktp"

ALTER TABLE intake.batch
    ADD COLUMN sent_by        text     REFERENCES intake.partner,    -- NULL: staged by an edition that did not note it
    ADD COLUMN state          smallint NOT NULL DEFAULT 4 CHECK (state BETWEEN 1 AND 7), -- enum batch_state (services/ingestion/batch.h)
    ADD COLUMN is_held        boolean  NOT NULL DEFAULT false,       -- its sender wants to see the dry run first
    ADD COLUMN all_or_nothing boolean  NOT NULL DEFAULT false,
    ADD COLUMN needs_approval boolean  NOT NULL DEFAULT false,       -- as the agreement demanded when it came in
    ADD COLUMN checked_rows   int      NOT NULL DEFAULT 0,           -- rows that have their verdict of the dry run
    ADD COLUMN released_by    text,                                  -- who let it in; NULL: nobody had to
    ADD COLUMN released_at    timestamptz,
    ADD COLUMN ended_by       text,                                  -- who called it off or took it back
    ADD COLUMN ended_at       timestamptz,
    ADD COLUMN note           text     NOT NULL DEFAULT '',
    ADD COLUMN reversed_rows  int      NOT NULL DEFAULT 0,           -- rows whose enrolment was taken back, or had none
    ADD COLUMN amends         bigint   REFERENCES intake.batch,      -- the earlier edition of the same list
    ADD COLUMN column_names   text[]   NOT NULL DEFAULT '{}',        -- of the agreement when it came in: all readers of the file read the same header
    ADD COLUMN is_workbook    boolean  NOT NULL DEFAULT false;       -- came in as XLSX; what is stored are its rows as CSV
-- The same file is the same list, until that one was taken back.
ALTER TABLE intake.batch DROP CONSTRAINT batch_agreement_no_content_sha256_key;
CREATE UNIQUE INDEX batch_content ON intake.batch (agreement_no, content_sha256) WHERE state <> 7;
-- What is not at its end, without a walk over all lists.
CREATE INDEX batch_open ON intake.batch (state, batch_no) WHERE state IN (1, 6) OR (state = 4 AND submitted_rows < row_count);

-- Whom a row is about (row_subject), so that two editions of a list can be compared. NULL: not known, or staged before.
ALTER TABLE intake.batch_row ADD COLUMN subject bytea CHECK (octet_length(subject) = 16);

-- The dry run: what would become of each row if the list were let in now. A prediction, never a decision; made anew when asked for.
CREATE TABLE intake.batch_verdict (
    batch_no   bigint   NOT NULL REFERENCES intake.batch,
    row_number int      NOT NULL,
    status     smallint NOT NULL,  -- enum outcome_status
    codes      bigint   NOT NULL,
    warnings   bigint   NOT NULL,
    amount     bigint   NOT NULL,  -- what would be committed, or is waited for
    PRIMARY KEY (batch_no, row_number)
);

-- An operator of the installation may let lists in by himself.
ALTER TABLE intake.partner DROP CONSTRAINT partner_roles_check;
ALTER TABLE intake.partner ADD CONSTRAINT partner_roles_check CHECK (roles <@ ARRAY['enrol', 'maker', 'checker', 'payments', 'operator']);
