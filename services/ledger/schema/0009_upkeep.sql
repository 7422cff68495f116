-- A journal is taken back once: the key says so, and finds the reversal of a journal without reading the chain.
CREATE UNIQUE INDEX journal_reversed ON ledger.journal (agreement_no, reverses) WHERE reverses > 0;

-- Nobody read it.
ALTER TABLE ledger.registry DROP COLUMN ktp_village;
