-- What operators wish of running services. A row is a wish that holds until it is taken back; every change of it is noted in ledger.audit in the same statement.

CREATE TABLE ledger.pause (
    target text        PRIMARY KEY CHECK (target ~ '^[a-z]{1,32}$'), -- a service that reads a topic, or a lane
    since  timestamptz NOT NULL DEFAULT now(),
    actor  text        NOT NULL CHECK (actor <> ''),
    reason text        NOT NULL DEFAULT '' CHECK (octet_length(reason) <= 400) -- no NIK, name or phone
);
COMMENT ON TABLE ledger.pause IS 'services and lanes that take no new records until their row is gone';
