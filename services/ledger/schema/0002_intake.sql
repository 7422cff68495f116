-- Intake's memory: partners, uploaded lists, which application each acknowledged row became, and where it stands in the log.
CREATE SCHEMA intake;

CREATE TABLE intake.partner (
    partner_id   text PRIMARY KEY CHECK (partner_id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    token_sha256 bytea NOT NULL UNIQUE,
    added_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE intake.batch (
    batch_no          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id          text   NOT NULL UNIQUE,          -- derived from agreement and content hash: the same file is the same batch
    agreement_no      int    NOT NULL REFERENCES ledger.agreement,
    content_sha256    bytea  NOT NULL,
    bytes             bigint NOT NULL,
    row_count         int    NOT NULL,
    registration_date date   NOT NULL,
    partition         int    NOT NULL,
    submitted_rows    int    NOT NULL DEFAULT 0,       -- rows whose records Kafka has
    received_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (agreement_no, content_sha256)
);

-- One row per data row of a list. application_id is derived from the content, so rows seen before point at the first application.
CREATE TABLE intake.batch_row (
    batch_no       bigint NOT NULL REFERENCES intake.batch,
    row_number     int    NOT NULL,
    application_id bytea  NOT NULL CHECK (octet_length(application_id) = 16),
    first_row      int    NOT NULL,                    -- E20: the row of this list that had the NIK first, else 0
    PRIMARY KEY (batch_no, row_number)
);

-- Acknowledged means remembered (rule 8): rows [row_from, row_to] of a batch stand at offsets [offset_from, offset_from + (row_to - row_from)].
CREATE TABLE intake.submitted_range (
    batch_no    bigint NOT NULL REFERENCES intake.batch,
    row_from    int    NOT NULL,
    row_to      int    NOT NULL CHECK (row_to >= row_from),
    partition   int    NOT NULL,
    epoch       int    NOT NULL,
    offset_from bigint NOT NULL,
    checked     boolean NOT NULL DEFAULT false,        -- the ledger has passed it and every row has its outcome
    PRIMARY KEY (batch_no, row_from)
);
CREATE INDEX submitted_range_open ON intake.submitted_range (partition, offset_from) WHERE NOT checked;

-- Idempotency-Key of single enrolments: PostgreSQL decides, Redis only hints.
CREATE TABLE intake.request (
    partner_id     text  NOT NULL REFERENCES intake.partner,
    request_key    text  NOT NULL CHECK (octet_length(request_key) <= 255),
    fingerprint    bytea NOT NULL,                     -- SHA-256 of the body: same key with another body is refused
    application_id bytea NOT NULL,
    agreement_no   int   NOT NULL REFERENCES ledger.agreement,
    record         bytea,                              -- what is sent to the log (persons sealed), until the ledger is known to have it: rule 8
    state          smallint NOT NULL,                  -- 1 in flight, 2 in the log (acknowledged by 202), 3 answered with the decision
    partition      int,
    epoch          int,
    log_offset     bigint,
    answer_status  int,
    answer         bytea,                              -- stored answer, replayed byte for byte
    checked        boolean NOT NULL DEFAULT false,
    received_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partner_id, request_key)
);
CREATE INDEX request_open ON intake.request (partition, log_offset) WHERE NOT checked;
CREATE INDEX request_application ON intake.request (application_id);
