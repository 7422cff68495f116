-- The rows of a list in pages of a thousand: a list is always read by ranges of rows, never by one, and a million rows as a thousand tuples are written in a fraction of the time, without
-- an index entry and a look at the foreign key for each. Element n of a page stands for row page * 1000 + n.
CREATE TABLE intake.batch_page (
    batch_no        bigint  NOT NULL REFERENCES intake.batch,
    page            int     NOT NULL CHECK (page >= 0),      -- BATCH_PAGE_ROWS of services/ingestion/batch.h
    application_ids bytea[] NOT NULL CHECK (cardinality(application_ids) BETWEEN 1 AND 1000),
    first_rows      int[]   NOT NULL,                        -- E20: the row of this list that had the NIK first, else 0
    subjects        bytea[] NOT NULL,                        -- whom a row is about (row_subject), so that two editions of a list can be compared; '': not known
    PRIMARY KEY (batch_no, page),
    CHECK (cardinality(first_rows) = cardinality(application_ids) AND cardinality(subjects) = cardinality(application_ids))
);
-- Ids can't be compressed: don't try.
ALTER TABLE intake.batch_page ALTER application_ids SET STORAGE EXTERNAL, ALTER subjects SET STORAGE EXTERNAL;

INSERT INTO intake.batch_page (batch_no, page, application_ids, first_rows, subjects)
SELECT batch_no, (row_number - 1) / 1000, array_agg(application_id ORDER BY row_number), array_agg(first_row ORDER BY row_number), array_agg(coalesce(subject, '') ORDER BY row_number)
FROM intake.batch_row GROUP BY 1, 2;
DROP TABLE intake.batch_row;

CREATE VIEW intake.batch_row AS
SELECT p.batch_no, p.page * 1000 + r.n::int AS row_number, r.application_id, r.first_row, nullif(r.subject, '') AS subject
FROM intake.batch_page p CROSS JOIN LATERAL unnest(p.application_ids, p.first_rows, p.subjects) WITH ORDINALITY AS r (application_id, first_row, subject, n);

-- Rows from_row to to_row of a list, through the pages that hold them. The planner puts its text in the place of the call.
CREATE FUNCTION intake.batch_rows(list bigint, from_row int, to_row int) RETURNS TABLE (row_number int, application_id bytea, first_row int, subject bytea)
LANGUAGE sql STABLE AS $$
    SELECT r.row_number, r.application_id, r.first_row, r.subject FROM intake.batch_page p
    CROSS JOIN LATERAL (SELECT p.page * 1000 + u.n::int AS row_number, u.application_id, u.first_row, nullif(u.subject, '') AS subject
                        FROM unnest(p.application_ids, p.first_rows, p.subjects) WITH ORDINALITY AS u (application_id, first_row, subject, n)) r
    WHERE p.batch_no = list AND p.page BETWEEN (from_row - 1) / 1000 AND (to_row - 1) / 1000 AND r.row_number BETWEEN from_row AND to_row
$$;
