-- Who may sign in to the console and what they may do there. What they do stands in ledger.audit under "operator:NAME", as what they do on the command line.

CREATE TABLE ops.operator (
    operator        text        PRIMARY KEY CHECK (operator ~ '^[a-z0-9][a-z0-9._-]{0,59}$'),
    password_hash   text        NOT NULL,                 -- Argon2id, with its own salt and cost
    roles           text[]      NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 3 AND roles <@ ARRAY['viewer', 'operator', 'approver'] AND array_position(roles, NULL) IS NULL),
    is_closed       boolean     NOT NULL DEFAULT false,   -- may not sign in any more; the row stays, because the audit names it
    failures        int         NOT NULL DEFAULT 0,       -- wrong passwords since the last right one
    not_before      timestamptz NOT NULL DEFAULT '-infinity', -- after several of them nobody is let in until then
    last_sign_in_at timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- A sign-in. The browser holds a random token, here is its hash.
CREATE TABLE ops.session (
    session_sha256 bytea       PRIMARY KEY CHECK (octet_length(session_sha256) = 32),
    operator       text        NOT NULL REFERENCES ops.operator,
    began_at       timestamptz NOT NULL DEFAULT now(),
    used_at        timestamptz NOT NULL DEFAULT now(),
    ends_at        timestamptz NOT NULL
);
CREATE INDEX session_of ON ops.session (operator);

-- What the console lists: events that were given up.
CREATE INDEX webhook_delivery_failed ON intake.webhook_delivery (delivery_no) WHERE state = 'failed';
CREATE INDEX proposal_standing ON ledger.agreement_proposal (proposal_id) WHERE state IN ('draft', 'submitted');
