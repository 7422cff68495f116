-- Reports, computed from the ledger at the moment of asking: views without data of persons, each column with its comment (\d+ report.NAME shows them). `payung report` lists,
-- prints and exports them. An agreement under an umbrella has rows of its own and names its umbrella; nothing is counted twice: an umbrella's own rows hold only what is booked
-- on it, and the money it gave away is the `delegated` of its budget. Months are YYYYMM, amounts whole rupiah. Views only: no table of the ledger is touched.
CREATE SCHEMA report;
COMMENT ON SCHEMA report IS 'reports for payers, the insurer and auditors: no data of persons';

-- The reason codes as they stand in the bit sets of outcomes (bit n = code number n): the same rows as common/domain/codes.def, which a test compares.
CREATE TABLE report.code (
    number smallint PRIMARY KEY CHECK (number BETWEEN 1 AND 63),
    code   text NOT NULL UNIQUE,
    name   text NOT NULL,
    kind   text NOT NULL CHECK (kind IN ('REFUSAL', 'WAIT', 'QUEUE', 'WARNING', 'PARKED')),
    reason text NOT NULL
);
INSERT INTO report.code (number, code, name, kind, reason) VALUES
    (1, 'E01', 'NIK_LENGTH', 'REFUSAL', 'NIK tidak 16 angka'),
    (2, 'E02', 'NIK_CHARS', 'REFUSAL', 'NIK tidak 16 angka'),
    (3, 'E03', 'NIK_REGION', 'REFUSAL', 'kode wilayah NIK tidak dikenal'),
    (4, 'E04', 'NIK_DATE', 'REFUSAL', 'tanggal pada NIK salah'),
    (5, 'E05', 'NIK_SERIAL', 'REFUSAL', 'nomor urut NIK salah'),
    (6, 'E06', 'NAME_INVALID', 'REFUSAL', 'nama tidak sah'),
    (10, 'E10', 'AGE_BELOW_MIN', 'REFUSAL', 'usia belum memenuhi syarat'),
    (11, 'E11', 'AGE_LIMIT', 'REFUSAL', 'usia 65 tahun atau lebih'),
    (12, 'E20', 'DUP_IN_FILE', 'REFUSAL', 'NIK ganda dalam daftar'),
    (13, 'E21', 'ACTIVE_OTHER_PAYER', 'REFUSAL', 'sudah menjadi peserta aktif'),
    (14, 'E22', 'ACTIVE_SAME_SPONSOR', 'REFUSAL', 'sudah menjadi peserta aktif'),
    (15, 'E23', 'ACTIVE_ANY_SEGMENT', 'REFUSAL', 'sudah menjadi peserta aktif'),
    (16, 'E30', 'NOT_RESIDENT', 'REFUSAL', 'KTP bukan daerah ini'),
    (17, 'E31', 'NOT_IN_DTSEN', 'REFUSAL', 'tidak masuk data DTSEN prioritas'),
    (18, 'E32', 'DESIL_TOO_HIGH', 'REFUSAL', 'tidak masuk data DTSEN prioritas'),
    (19, 'E33', 'SECTOR_NOT_IN_SCOPE', 'REFUSAL', 'pekerjaan di luar cakupan program'),
    (20, 'E40', 'OCCUPATION_FORMAL', 'REFUSAL', 'terdata sebagai pekerja formal'),
    (21, 'E41', 'CIVIL_SERVANT', 'REFUSAL', 'ASN/TNI/Polri ikut program lain'),
    (22, 'E50', 'PROGRAMME_NOT_ALLOWED', 'REFUSAL', 'program tidak sesuai segmen'),
    (23, 'E51', 'PROGRAMME_MISSING', 'REFUSAL', 'program wajib belum lengkap'),
    (24, 'E70', 'DECEASED', 'REFUSAL', 'tercatat meninggal dunia'),
    (25, 'E71', 'NIK_NOT_FOUND', 'REFUSAL', 'NIK tidak ditemukan Dukcapil'),
    (26, 'E80', 'FIELD_MISSING', 'REFUSAL', 'data belum lengkap'),
    (27, 'E81', 'AMOUNT_INVALID', 'REFUSAL', 'jumlah rupiah tidak sah'),
    (28, 'E90', 'NO_BASIS', 'REFUSAL', 'belum ada dasar hukum (SK/PKS)'),
    (29, 'X03', 'UNKNOWN_AGREEMENT', 'REFUSAL', 'perjanjian tidak dikenal'),
    (40, 'P01', 'DUKCAPIL_WAIT', 'WAIT', 'menunggu jawaban Dukcapil'),
    (41, 'P02', 'FACTS_WAIT', 'WAIT', 'menunggu data pembanding'),
    (42, 'Q60', 'QUOTA_FULL', 'QUEUE', 'kuota penuh'),
    (43, 'Q61', 'BUDGET_FULL', 'QUEUE', 'anggaran habis'),
    (45, 'W03', 'DISTRICT_UNKNOWN', 'WARNING', 'kecamatan pada NIK tidak ada di daftar'),
    (46, 'W06', 'BIRTH_DATE_DIFFERS', 'WARNING', 'tanggal lahir beda dengan NIK'),
    (47, 'W07', 'SEX_DIFFERS', 'WARNING', 'jenis kelamin beda dengan NIK'),
    (48, 'W20', 'PHONE_UNUSABLE', 'WARNING', 'nomor ponsel tidak dapat dipakai'),
    (49, 'W50', 'PROGRAMME_DROPPED', 'WARNING', 'ada program yang tidak ditanggung'),
    (50, 'W51', 'WAGE_CAP_OLD', 'WARNING', 'batas upah JP belum diperbarui'),
    (60, 'X01', 'UNDECODABLE', 'PARKED', 'catatan rusak'),
    (61, 'X02', 'REFUSED_BY_STORE', 'PARKED', 'catatan tidak dapat dibukukan');
COMMENT ON TABLE report.code IS 'the reason codes of outcomes with their words';
COMMENT ON COLUMN report.code.number IS 'the bit of the code in ledger.outcome.codes and warnings';
COMMENT ON COLUMN report.code.code   IS 'as letters and result files show it: E30';
COMMENT ON COLUMN report.code.name   IS 'its long name: NOT_RESIDENT';
COMMENT ON COLUMN report.code.kind   IS 'REFUSAL, WAIT (for an answer), QUEUE (waiting list), WARNING, PARKED (an unusable record)';
COMMENT ON COLUMN report.code.reason IS 'the reason in Bahasa Indonesia';

-- ---- Agreements --------------------------------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.scope AS
WITH RECURSIVE tree AS (
    SELECT a.agreement_id AS agreement, a.agreement_id AS member FROM ledger.agreement a
    UNION ALL
    SELECT t.agreement, c.agreement_id FROM tree t JOIN ledger.agreement c ON c.parent = t.member)
SELECT agreement, member FROM tree;
COMMENT ON VIEW report.scope IS 'which agreements a question about one agreement means: itself and all under it';
COMMENT ON COLUMN report.scope.agreement IS 'id of the agreement that is asked for';
COMMENT ON COLUMN report.scope.member    IS 'id of an agreement that belongs to it: itself, and every one below it';

CREATE VIEW report.budget AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, CASE WHEN b.pagu < 100000000000000 THEN b.pagu END AS pagu, b.committed, b.reserved, b.delegated,
       CASE WHEN b.pagu < 100000000000000 THEN b.pagu - b.committed - b.reserved - b.delegated END AS remaining, b.receivable, b.credit, b.accepted AS people, b.waitlisted AS waiting
FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no)
WHERE a.agreement_no > 0;
COMMENT ON VIEW report.budget IS 'the money of each agreement now; left is what can still be committed';
COMMENT ON COLUMN report.budget.umbrella   IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.budget.agreement  IS 'id of the agreement';
COMMENT ON COLUMN report.budget.pagu       IS 'the budget; NULL when the agreement states none';
COMMENT ON COLUMN report.budget.committed  IS 'bound by accepted people, whether invoiced or not';
COMMENT ON COLUMN report.budget.reserved   IS 'held for people who are being decided';
COMMENT ON COLUMN report.budget.delegated  IS 'given to the agreements under this one, where it stands as their pagu';
COMMENT ON COLUMN report.budget.remaining  IS 'pagu without committed, reserved and delegated; NULL without a pagu';
COMMENT ON COLUMN report.budget.receivable IS 'invoiced and not yet paid';
COMMENT ON COLUMN report.budget.credit     IS 'paid and not yet used';
COMMENT ON COLUMN report.budget.people     IS 'accepted people whose cover has not been given back';
COMMENT ON COLUMN report.budget.waiting    IS 'people who wait without a reservation';

-- ---- Enrolled people ---------------------------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.enrolled AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, e.start_month AS month,
       CASE e.segment WHEN 1 THEN 'BPU' WHEN 2 THEN 'PU' WHEN 3 THEN 'JAKON' WHEN 4 THEN 'PMI' ELSE '?' END AS segment, coalesce(r.ktp_region, 0) AS district,
       coalesce(r.occupation, '') AS occupation,
       count(*) AS people, count(*) FILTER (WHERE e.state = 1) AS registered, count(*) FILTER (WHERE e.state = 2) AS active, count(*) FILTER (WHERE e.state = 3) AS grace,
       count(*) FILTER (WHERE e.state = 4) AS lapsed, count(*) FILTER (WHERE e.state = 5) AS ended
FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.registry r USING (agreement_no, place)
GROUP BY coalesce(a.parent, ''), a.agreement_id, e.start_month, e.segment, coalesce(r.ktp_region, 0), coalesce(r.occupation, '');
COMMENT ON VIEW report.enrolled IS 'accepted people by agreement, first month, segment, district and occupation, with the state of their cover now';
COMMENT ON COLUMN report.enrolled.umbrella   IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.enrolled.agreement  IS 'id of the agreement';
COMMENT ON COLUMN report.enrolled.month      IS 'first month that was bought';
COMMENT ON COLUMN report.enrolled.segment    IS 'BPU, PU, JAKON or PMI';
COMMENT ON COLUMN report.enrolled.district   IS 'district of the identity card, PPKKCC; 0 when it is not known';
COMMENT ON COLUMN report.enrolled.occupation IS 'code of the occupation; empty when it is not known';
COMMENT ON COLUMN report.enrolled.people     IS 'accepted people, whatever became of their cover since';
COMMENT ON COLUMN report.enrolled.registered IS 'of them: accepted, cover not yet begun';
COMMENT ON COLUMN report.enrolled.active     IS 'of them: covered and paid';
COMMENT ON COLUMN report.enrolled.grace      IS 'of them: covered, payment is late';
COMMENT ON COLUMN report.enrolled.lapsed     IS 'of them: cover lost because payment did not come';
COMMENT ON COLUMN report.enrolled.ended      IS 'of them: cover ended';

CREATE VIEW report.by_district AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, p.district, count(*) FILTER (WHERE p.state > 0) AS people,
       count(*) FILTER (WHERE p.state = 1) AS registered, count(*) FILTER (WHERE p.state = 2) AS active, count(*) FILTER (WHERE p.state = 3) AS grace,
       count(*) FILTER (WHERE p.state = 4) AS lapsed, count(*) FILTER (WHERE p.state = 5) AS ended, count(*) FILTER (WHERE p.state = 0) AS waiting
FROM (SELECT e.agreement_no, coalesce(r.ktp_region, 0) AS district, e.state FROM ledger.enrolment e LEFT JOIN ledger.registry r USING (agreement_no, place)
      UNION ALL
      SELECT w.agreement_no, (w.village / 10000)::int, 0::smallint FROM ledger.waiting w) p
JOIN ledger.agreement a USING (agreement_no)
GROUP BY coalesce(a.parent, ''), a.agreement_id, p.district;
COMMENT ON VIEW report.by_district IS 'accepted and waiting people by agreement and district';
COMMENT ON COLUMN report.by_district.umbrella   IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.by_district.agreement  IS 'id of the agreement';
COMMENT ON COLUMN report.by_district.district   IS 'district of the identity card, PPKKCC; 0 when it is not known';
COMMENT ON COLUMN report.by_district.people     IS 'accepted people, whatever became of their cover since';
COMMENT ON COLUMN report.by_district.registered IS 'of them: accepted, cover not yet begun';
COMMENT ON COLUMN report.by_district.active     IS 'of them: covered and paid';
COMMENT ON COLUMN report.by_district.grace      IS 'of them: covered, payment is late';
COMMENT ON COLUMN report.by_district.lapsed     IS 'of them: cover lost because payment did not come';
COMMENT ON COLUMN report.by_district.ended      IS 'of them: cover ended';
COMMENT ON COLUMN report.by_district.waiting    IS 'people of the district who wait or have a reservation';

CREATE VIEW report.by_occupation AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, coalesce(r.occupation, '') AS occupation,
       count(*) AS people, count(*) FILTER (WHERE e.state = 1) AS registered, count(*) FILTER (WHERE e.state = 2) AS active, count(*) FILTER (WHERE e.state = 3) AS grace,
       count(*) FILTER (WHERE e.state = 4) AS lapsed, count(*) FILTER (WHERE e.state = 5) AS ended
FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.registry r USING (agreement_no, place)
GROUP BY coalesce(a.parent, ''), a.agreement_id, coalesce(r.occupation, '');
COMMENT ON VIEW report.by_occupation IS 'accepted people by agreement and occupation';
COMMENT ON COLUMN report.by_occupation.umbrella   IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.by_occupation.agreement  IS 'id of the agreement';
COMMENT ON COLUMN report.by_occupation.occupation IS 'code of the occupation; empty when it is not known';
COMMENT ON COLUMN report.by_occupation.people     IS 'accepted people, whatever became of their cover since';
COMMENT ON COLUMN report.by_occupation.registered IS 'of them: accepted, cover not yet begun';
COMMENT ON COLUMN report.by_occupation.active     IS 'of them: covered and paid';
COMMENT ON COLUMN report.by_occupation.grace      IS 'of them: covered, payment is late';
COMMENT ON COLUMN report.by_occupation.lapsed     IS 'of them: cover lost because payment did not come';
COMMENT ON COLUMN report.by_occupation.ended      IS 'of them: cover ended';

-- ---- Rejected ----------------------------------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.rejection AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement,
       (extract(year FROM o.decided_at AT TIME ZONE 'Asia/Jakarta') * 100 + extract(month FROM o.decided_at AT TIME ZONE 'Asia/Jakarta'))::int AS month, o.codes,
       count(*) AS applications
FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no)
WHERE o.status IN (3, 6) AND NOT o.repeat
  AND NOT EXISTS (SELECT FROM ledger.outcome later WHERE later.application_id = o.application_id AND later.attempt > o.attempt AND NOT later.repeat
                  AND later.application_id <> '\x00000000000000000000000000000000')
GROUP BY coalesce(a.parent, ''), a.agreement_id, 3, o.codes;
COMMENT ON VIEW report.rejection IS 'applications whose standing decision is a rejection, by agreement, month and set of codes: the ground of the two reports that name reasons';
COMMENT ON COLUMN report.rejection.umbrella     IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.rejection.agreement    IS 'id of the agreement';
COMMENT ON COLUMN report.rejection.month        IS 'calendar month of the decision in western Indonesia';
COMMENT ON COLUMN report.rejection.codes        IS 'the reason codes as a bit set, bit n = report.code.number n';
COMMENT ON COLUMN report.rejection.applications IS 'how many';

CREATE VIEW report.rejected_by_reason AS
SELECT r.umbrella, r.agreement, r.month, c.code, c.reason, sum(r.applications)::bigint AS applications
FROM report.rejection r JOIN report.code c ON r.codes >> c.number & 1 = 1
GROUP BY r.umbrella, r.agreement, r.month, c.code, c.reason;
COMMENT ON VIEW report.rejected_by_reason IS 'rejected applications by agreement, month and reason; one with several reasons counts under each of them';
COMMENT ON COLUMN report.rejected_by_reason.umbrella     IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.rejected_by_reason.agreement    IS 'id of the agreement';
COMMENT ON COLUMN report.rejected_by_reason.month        IS 'calendar month of the decision in western Indonesia';
COMMENT ON COLUMN report.rejected_by_reason.code         IS 'the reason code: E30';
COMMENT ON COLUMN report.rejected_by_reason.reason       IS 'the reason in Bahasa Indonesia';
COMMENT ON COLUMN report.rejected_by_reason.applications IS 'rejected applications with this reason';

-- ---- Money -------------------------------------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.paid_unpaid AS
SELECT m.umbrella, m.agreement, m.month, -- what each kind is: services/ledger/line.h
       coalesce(sum(m.amount) FILTER (WHERE m.kind = 1), 0)::bigint - coalesce(sum(m.amount) FILTER (WHERE m.kind IN (3, 4)), 0)::bigint AS invoiced,    -- INVOICED - CREDITED - REFUNDED
       coalesce(sum(m.amount) FILTER (WHERE m.kind = 2), 0)::bigint - coalesce(sum(m.amount) FILTER (WHERE m.kind IN (4, 5)), 0)::bigint AS settled,     -- SETTLED - REFUNDED - UNSETTLED
       coalesce(sum(m.amount) FILTER (WHERE m.kind IN (1, 5)), 0)::bigint - coalesce(sum(m.amount) FILTER (WHERE m.kind IN (2, 3)), 0)::bigint AS outstanding,
       coalesce(sum(m.people) FILTER (WHERE m.kind = 1), 0)::bigint - coalesce(sum(m.people) FILTER (WHERE m.kind IN (3, 4)), 0)::bigint AS people_invoiced,
       coalesce(sum(m.people) FILTER (WHERE m.kind = 2), 0)::bigint - coalesce(sum(m.people) FILTER (WHERE m.kind IN (4, 5)), 0)::bigint AS people_settled,
       coalesce(sum(m.people) FILTER (WHERE m.kind IN (1, 5)), 0)::bigint - coalesce(sum(m.people) FILTER (WHERE m.kind IN (2, 3)), 0)::bigint AS people_outstanding
FROM (SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, l.month, l.kind, sum(l.amount) AS amount, count(*) AS people
      FROM ledger.line l JOIN ledger.agreement a USING (agreement_no)
      WHERE l.kind BETWEEN 1 AND 5
      GROUP BY coalesce(a.parent, ''), a.agreement_id, l.month, l.kind) m
GROUP BY m.umbrella, m.agreement, m.month;
COMMENT ON VIEW report.paid_unpaid IS 'invoiced, paid and open contributions by agreement and contribution month';
COMMENT ON COLUMN report.paid_unpaid.umbrella           IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.paid_unpaid.agreement          IS 'id of the agreement';
COMMENT ON COLUMN report.paid_unpaid.month              IS 'contribution month';
COMMENT ON COLUMN report.paid_unpaid.invoiced           IS 'invoiced for the month, without what was taken back';
COMMENT ON COLUMN report.paid_unpaid.settled            IS 'paid of it';
COMMENT ON COLUMN report.paid_unpaid.outstanding        IS 'not yet paid of it';
COMMENT ON COLUMN report.paid_unpaid.people_invoiced    IS 'people for whom it was invoiced';
COMMENT ON COLUMN report.paid_unpaid.people_settled     IS 'people for whom it is paid';
COMMENT ON COLUMN report.paid_unpaid.people_outstanding IS 'people for whom it is not yet paid';

-- ---- Coverage and the half-year report ---------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.coverage_target AS
SELECT t.umbrella, t.agreement, t.target, t.target_source, t.people, t.covered, t.waiting, (t.people * 100 / nullif(t.target, 0))::bigint AS enrolled_percent,
       (t.covered * 100 / nullif(t.target, 0))::bigint AS covered_percent
FROM (SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement,
             CASE WHEN b.quota >= 0 THEN b.quota WHEN b.pagu < 100000000000000 THEN div((b.pagu - b.delegated) * price.months, price.amount * a.months)::bigint END AS target,
             CASE WHEN b.quota >= 0 THEN 'QUOTA' WHEN b.pagu < 100000000000000 AND price.amount > 0 THEN 'PAGU' ELSE '' END AS target_source,
             b.accepted AS people, covered.people AS covered, b.waitlisted AS waiting
      FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)
      CROSS JOIN LATERAL (SELECT sum(o.amount) AS amount, sum(o.months)::numeric AS months FROM ledger.outcome o
                          WHERE o.agreement_no = a.agreement_no AND o.status = 1 AND NOT o.repeat) price
      CROSS JOIN LATERAL (SELECT count(*) AS people FROM ledger.enrolment e WHERE e.agreement_no = a.agreement_no AND e.state IN (2, 3)) covered
      WHERE a.agreement_no > 0) t;
COMMENT ON VIEW report.coverage_target IS 'people enrolled and covered now against the target: the quota of the agreement, else what its own pagu buys at the mean price of those accepted';
COMMENT ON COLUMN report.coverage_target.umbrella         IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.coverage_target.agreement        IS 'id of the agreement';
COMMENT ON COLUMN report.coverage_target.target           IS 'people that the agreement is meant for; NULL when neither a quota nor a price is known';
COMMENT ON COLUMN report.coverage_target.target_source    IS 'QUOTA, PAGU, or empty';
COMMENT ON COLUMN report.coverage_target.people           IS 'accepted people whose cover has not been given back';
COMMENT ON COLUMN report.coverage_target.covered          IS 'people who are covered now: ACTIVE or GRACE';
COMMENT ON COLUMN report.coverage_target.waiting          IS 'people who wait without a reservation';
COMMENT ON COLUMN report.coverage_target.enrolled_percent IS 'people in per cent of the target, rounded down';
COMMENT ON COLUMN report.coverage_target.covered_percent  IS 'covered in per cent of the target, rounded down';

CREATE VIEW report.half_year AS
SELECT h.umbrella, h.agreement, h.month / 100 || CASE WHEN h.month % 100 = 1 THEN '-1' ELSE '-2' END AS half, h.month, sum(h.protected)::bigint AS protected, sum(h.jkk)::bigint AS jkk,
       sum(h.jkm)::bigint AS jkm, sum(h.jht)::bigint AS jht, sum(h.jp)::bigint AS jp, sum(h.invoiced)::bigint AS invoiced, sum(h.settled)::bigint AS settled,
       sum(h.outstanding)::bigint AS outstanding, sum(h.rejected)::bigint AS rejected, coalesce(max(h.reasons), '') AS reasons, max(h.target) AS target
FROM ( -- every half-year of the agreement's period, also without anything in it
    SELECT t.umbrella, t.agreement, n / 2 * 100 + n % 2 * 6 + 1 AS month, 0 AS protected, 0 AS jkk, 0 AS jkm, 0 AS jht, 0 AS jp, 0 AS invoiced, 0 AS settled, 0 AS outstanding, 0 AS rejected,
           NULL AS reasons, t.target
    FROM ledger.agreement a JOIN report.coverage_target t ON t.agreement = a.agreement_id
    CROSS JOIN LATERAL generate_series((extract(year FROM a.period_from) * 2 + div(extract(month FROM a.period_from) - 1, 6))::int,
                                       (extract(year FROM a.period_to) * 2 + div(extract(month FROM a.period_to) - 1, 6))::int) n
    UNION ALL -- people, in each half-year with a month of theirs that is covered
    SELECT coalesce(a.parent, ''), a.agreement_id, n / 2 * 100 + n % 2 * 6 + 1, count(*), count(*) FILTER (WHERE e.programmes & 1 <> 0), count(*) FILTER (WHERE e.programmes & 2 <> 0),
           count(*) FILTER (WHERE e.programmes & 4 <> 0), count(*) FILTER (WHERE e.programmes & 8 <> 0), 0, 0, 0, 0, NULL, NULL
    FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no)
    CROSS JOIN LATERAL (SELECT CASE a.activation WHEN 2 THEN e.end_month ELSE least(e.paid_to, e.end_month) END AS last) c
    CROSS JOIN LATERAL generate_series(e.start_month / 100 * 2 + (e.start_month % 100 - 1) / 6, c.last / 100 * 2 + (c.last % 100 - 1) / 6) n
    WHERE c.last >= e.start_month
    GROUP BY coalesce(a.parent, ''), a.agreement_id, n / 2 * 100 + n % 2 * 6 + 1
    UNION ALL
    SELECT p.umbrella, p.agreement, p.month / 100 * 100 + CASE WHEN p.month % 100 <= 6 THEN 1 ELSE 7 END, 0, 0, 0, 0, 0, p.invoiced, p.settled, p.outstanding, 0, NULL, NULL
    FROM report.paid_unpaid p
    UNION ALL
    SELECT r.umbrella, r.agreement, r.month / 100 * 100 + CASE WHEN r.month % 100 <= 6 THEN 1 ELSE 7 END, 0, 0, 0, 0, 0, 0, 0, 0, r.applications, NULL, NULL
    FROM report.rejection r
    UNION ALL
    SELECT c.umbrella, c.agreement, c.month, 0, 0, 0, 0, 0, 0, 0, 0, 0, string_agg(c.code || ': ' || c.applications, '; ' ORDER BY c.applications DESC, c.code), NULL
    FROM (SELECT b.umbrella, b.agreement, b.month / 100 * 100 + CASE WHEN b.month % 100 <= 6 THEN 1 ELSE 7 END AS month, b.code, sum(b.applications) AS applications
          FROM report.rejected_by_reason b GROUP BY b.umbrella, b.agreement, 3, b.code) c
    GROUP BY c.umbrella, c.agreement, c.month) h
GROUP BY h.umbrella, h.agreement, h.month;
COMMENT ON VIEW report.half_year IS 'half-year report of Inpres 2/2021: people protected by programme, contributions invoiced and paid, rejections with their reasons, and the target';
COMMENT ON COLUMN report.half_year.umbrella    IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.half_year.agreement   IS 'id of the agreement';
COMMENT ON COLUMN report.half_year.half        IS 'the half-year: 2025-2';
COMMENT ON COLUMN report.half_year.month       IS 'its first month';
COMMENT ON COLUMN report.half_year.protected   IS 'people with at least one month of the half-year covered: paid, or bought where cover begins with the commitment';
COMMENT ON COLUMN report.half_year.jkk         IS 'of them with JKK';
COMMENT ON COLUMN report.half_year.jkm         IS 'of them with JKM';
COMMENT ON COLUMN report.half_year.jht         IS 'of them with JHT';
COMMENT ON COLUMN report.half_year.jp          IS 'of them with JP';
COMMENT ON COLUMN report.half_year.invoiced    IS 'contributions invoiced for months of the half-year';
COMMENT ON COLUMN report.half_year.settled     IS 'paid of them';
COMMENT ON COLUMN report.half_year.outstanding IS 'not yet paid of them';
COMMENT ON COLUMN report.half_year.rejected    IS 'applications rejected in the half-year';
COMMENT ON COLUMN report.half_year.reasons     IS 'how many of them for which reason, most frequent first; one with several reasons counts under each';
COMMENT ON COLUMN report.half_year.target      IS 'people that the agreement is meant for (report.coverage_target)';

-- ---- Who waits ---------------------------------------------------------------------------------------------------------------------------------------------

CREATE VIEW report.waiting_list AS
SELECT coalesce(a.parent, '') AS umbrella, a.agreement_id AS agreement, CASE w.state WHEN 1 THEN 'WAITING' ELSE 'RESERVED' END AS state,
       CASE w.state WHEN 1 THEN row_number() OVER (PARTITION BY w.agreement_no, w.state ORDER BY w.class, w.desil, w.proposal_date, w.village, w.row_number, w.commit_sequence,
                                                   w.position) END AS place,
       w.ticket, w.class, w.desil, w.proposal_date, w.village, w.months, w.amount
FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no);
COMMENT ON VIEW report.waiting_list IS 'who waits for money or a place, in the order of service; no data of persons';
COMMENT ON COLUMN report.waiting_list.umbrella      IS 'the umbrella agreement above it; empty when there is none';
COMMENT ON COLUMN report.waiting_list.agreement     IS 'id of the agreement';
COMMENT ON COLUMN report.waiting_list.state         IS 'WAITING, or RESERVED: money is held while the case is decided anew';
COMMENT ON COLUMN report.waiting_list.place         IS 'place in the waiting list; NULL with a reservation';
COMMENT ON COLUMN report.waiting_list.ticket        IS 'the number that was given when the waiting began; 0 for a reservation that never waited';
COMMENT ON COLUMN report.waiting_list.class         IS '1 an occupation that goes before others, 2 any other';
COMMENT ON COLUMN report.waiting_list.desil         IS 'decile of welfare, 1 the poorest; 11 when it is not known';
COMMENT ON COLUMN report.waiting_list.proposal_date IS 'day of the proposal';
COMMENT ON COLUMN report.waiting_list.village       IS 'village of the identity card, PPKKCCVVVV';
COMMENT ON COLUMN report.waiting_list.months        IS 'months that were asked for';
COMMENT ON COLUMN report.waiting_list.amount        IS 'what they would cost, as last priced';
