-- Membership cards: who has one, and where it went. A card belongs to an enrolled place of an agreement; what happens to it is only appended, so that who printed it and who handed it over, when and
-- where, can't be overwritten. Nobody's name or NIK is here: the printer opens the sealed person of ledger.registry.

CREATE TABLE notice.card (
    card_no      int    GENERATED ALWAYS AS IDENTITY (MINVALUE 1 MAXVALUE 1073741823) PRIMARY KEY, -- 30 bits: it stands in the code of the card
    agreement_no int    NOT NULL,
    place        bigint NOT NULL CHECK (place >= 1), -- of ledger.enrolment
    region       int    NOT NULL,                    -- PPKKCC of the person's address, and VVVV of the village; 0 not known
    village      int    NOT NULL CHECK (village BETWEEN 0 AND 9999),
    UNIQUE (agreement_no, place)
);

CREATE TABLE notice.card_event (
    card_no int         NOT NULL REFERENCES notice.card,
    number  int         NOT NULL CHECK (number >= 1), -- 1, 2, 3, ... of the card; the last one is its state
    state   text        NOT NULL CHECK (state IN ('requested', 'printed', 'handed_over')),
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text        NOT NULL CHECK (actor <> ''),
    officer text        NOT NULL DEFAULT '' CHECK (octet_length(officer) <= 120), -- who handed it over
    venue   text        NOT NULL DEFAULT '' CHECK (octet_length(venue) <= 120),   -- where
    day     date,                                                                -- on which day
    note    text        NOT NULL DEFAULT '' CHECK (octet_length(note) <= 200),    -- why it was printed again; no data of persons
    PRIMARY KEY (card_no, number),
    CONSTRAINT requested_first CHECK ((number = 1) = (state = 'requested')),
    CONSTRAINT handed_over_by_somebody CHECK ((state = 'handed_over') = (officer <> '' AND venue <> '' AND day IS NOT NULL))
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice.card_event FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- The insurer's number of a member (KPJ), as its file told it last. Until it is here, a card bears a simulated one and says so.
CREATE TABLE notice.member_number (
    person_token bytea       PRIMARY KEY CHECK (octet_length(person_token) = 16),
    kpj          text        NOT NULL UNIQUE CHECK (kpj ~ '^[0-9]{11}$'),
    actor        text        NOT NULL,
    told_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notice.card_event IS 'what happened to a card: requested, printed (again), handed over by whom, when and where; only appended';
