-- Letters on paper, the channel of people whom no telephone reaches. Such a letter waits in notice.outbox until `payung letter print` prints it; afterwards its event stays there for a while (stage
-- taken), so that it can be printed again. Who printed it, and when, is only appended.
ALTER TABLE notice.outbox ADD COLUMN home_region int NOT NULL DEFAULT 0;                                                  -- PPKKCC of the person's address; 0: not known
ALTER TABLE notice.outbox ADD COLUMN home_village int NOT NULL DEFAULT 0 CHECK (home_village BETWEEN 0 AND 9999);         -- VVVV
CREATE INDEX outbox_paper ON notice.outbox (home_region, home_village, event_id) WHERE channel = 'paper';

CREATE TABLE notice.letter (
    event_id bytea       NOT NULL REFERENCES notice.message ON DELETE CASCADE,
    number   int         NOT NULL CHECK (number >= 1), -- 1: it was printed; 2, 3, ...: again
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text        NOT NULL CHECK (actor <> ''),
    note     text        NOT NULL DEFAULT '' CHECK (octet_length(note) <= 200), -- why again; no data of persons
    PRIMARY KEY (event_id, number),
    CONSTRAINT again_for_a_reason CHECK ((number = 1) = (note = ''))
);
COMMENT ON TABLE notice.letter IS 'who printed a letter on paper, and when';
