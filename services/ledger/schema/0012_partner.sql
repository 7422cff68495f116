-- What a partner of the API is bound to. Nothing named: everything, as before. Both named: both must hold.
ALTER TABLE intake.partner
    ADD COLUMN agreements text[] NOT NULL DEFAULT '{}' -- ids; one of an umbrella stands for the agreements under it. One that is not in force yet may be named: its maker proposes it
        CHECK (cardinality(agreements) <= 16 AND array_position(agreements, NULL) IS NULL AND octet_length(array_to_string(agreements, ',')) < 1024),
    ADD COLUMN regions int[] NOT NULL DEFAULT '{}'     -- of the payer: PPKK, or PP00 for a province and its regencies
        CHECK (cardinality(regions) <= 16 AND array_position(regions, NULL) IS NULL);

-- An agreement and the umbrellas over it, from below: "serang-dinsos,serang-umbrella". The parent of an agreement never changes and was there first, so this ends.
CREATE FUNCTION intake.agreement_family(id text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE family AS (
        SELECT a.agreement_id, a.parent, 1 AS height FROM ledger.agreement a WHERE a.agreement_id = id
        UNION ALL SELECT a.agreement_id, a.parent, f.height + 1 FROM family f JOIN ledger.agreement a ON a.agreement_id = f.parent)
    SELECT coalesce(string_agg(agreement_id, ',' ORDER BY height), '') FROM family
$$;

ALTER TABLE intake.partner ALTER COLUMN token_sha256 DROP NOT NULL; -- who gets tokens by a client secret needs no lasting one

-- Client secrets, random and 256 bits long, so that a plain hash is enough. At most two of a partner are valid: the last one, and the one before it for as long as was granted.
CREATE TABLE intake.partner_secret (
    partner_id    text        NOT NULL REFERENCES intake.partner,
    generation    int         NOT NULL CHECK (generation >= 1), -- access tokens name it: they end with it
    secret_sha256 bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
    made_at       timestamptz NOT NULL DEFAULT now(),
    valid_until   timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (partner_id, generation)
);

-- Who signs its requests (SNAP-style HMAC-SHA512). Its secrets are kept besides as keys, sealed with the key folder: an HMAC can't be checked with a hash.
ALTER TABLE intake.partner
    ADD COLUMN signature_required   boolean  NOT NULL DEFAULT false,
    ADD COLUMN signature_with_query boolean  NOT NULL DEFAULT false, -- the signed path goes on with the query string, as some gateways do it
    ADD COLUMN replay_window_s      smallint NOT NULL DEFAULT 300 CHECK (replay_window_s BETWEEN 30 AND 3600);
ALTER TABLE intake.partner_secret
    ADD COLUMN signing_key    bytea, -- NULL: made while the partner did not sign
    ADD COLUMN signing_key_id text,
    ADD CHECK ((signing_key IS NULL) = (signing_key_id IS NULL));

-- Signatures of requests that change something, for as long as they would pass otherwise: none passes twice, whichever service it comes to, before or after a restart.
CREATE TABLE intake.signature (
    partner_id text        NOT NULL,
    mac        bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, mac)
);
CREATE INDEX signature_expiry ON intake.signature (expires_at);
