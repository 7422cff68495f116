-- What the role of the services may do: this and nothing else. `payung migrate` applies it as the owner after the numbered files, at every run and in one transaction, so that
-- whoever uses the database meanwhile sees the old rights or the new ones. payung.service_role holds the name of that role, which owns nothing here: what is insert-only is held
-- twice, by these rights and by the triggers insert_only. A new table must be put into a list, else migrating fails; tests/tidy/rights.py compares the lists with the statements.
-- A partition has the rights of its parent.
DO $$
DECLARE
    service CONSTANT name := current_setting('payung.service_role');
    schemas CONSTANT text := 'ledger, intake, notice, facts, report, ops';
    ours    CONSTANT oid[] := string_to_array(schemas, ', ')::regnamespace[]::oid[];
    it      record;
BEGIN
    IF pg_has_role(service, current_user, 'MEMBER') OR (SELECT rolcreaterole FROM pg_roles WHERE rolname = service) THEN
        RAISE EXCEPTION 'the role % of PGURL may act as %, so its rights can''t be narrowed: PGURL and PGURL_OWNER need two roles', service, current_user;
    END IF;
    FOR it IN -- an owner can give himself every right
        SELECT 'the database' AS what, datname::text AS name, datdba AS owner FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT 'the schema', nspname, nspowner FROM pg_namespace WHERE oid = ANY (ours)
        UNION ALL SELECT 'the relation', oid::regclass::text, relowner FROM pg_class WHERE relnamespace = ANY (ours) OR oid = 'public.schema_migration'::regclass
        UNION ALL SELECT 'the function', oid::regproc::text, proowner FROM pg_proc WHERE pronamespace = ANY (ours)
    LOOP
        IF pg_has_role(service, it.owner, 'MEMBER') THEN
            RAISE EXCEPTION '% % belongs to %, so the rights of % can''t be narrowed: make % its owner', it.what, it.name, it.owner::regrole, service, current_user;
        END IF;
    END LOOP;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), service);
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), service); -- files are loaded through temporary tables
    EXECUTE format('REVOKE ALL ON SCHEMA %s, public FROM %I', schemas, service);
    EXECUTE format('REVOKE CREATE ON SCHEMA %s, public FROM PUBLIC', schemas);
    EXECUTE format('GRANT USAGE ON SCHEMA %s, public TO %I', schemas, service);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA %s FROM PUBLIC, %I', schemas, service);
    -- Constraints and statements call these; those of triggers need no right.
    EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.cover_is_single, ledger.cover_without, facts.analyze_persons, intake.agreement_family, intake.batch_rows TO %I', service);

    FOR it IN
        WITH declared (rights, names) AS (VALUES
            -- Insert-only: what was booked, decided, signed or noted. Each of them has the trigger as well.
            ('SELECT, INSERT', 'ledger.journal ledger.entry ledger.outcome ledger.line ledger.invoice ledger.payment ledger.agreement_version ledger.head ledger.audit
                                ledger.lineage_epoch notice.card_event'),
            -- Written once by the services. The owner may delete from them: a person has the right to be forgotten, old uploads and notices may go.
            ('SELECT, INSERT', 'ledger.departed ledger.registry intake.batch_page intake.batch_skipped intake.payment intake.webhook_attempt notice.card notice.letter notice.sponsor_notice'),
            -- Working tables, recomputed by `payung ledger verify` where money depends on them.
            ('SELECT, INSERT, UPDATE', 'ledger.lineage ledger.agreement ledger.agreement_proposal ledger.budget ledger.cover ledger.enrolment ledger.invoice_counter ledger.reader
                                        ledger.suspense ledger.outbox_counter intake.partner intake.partner_secret intake.batch intake.request notice.lineage notice.coverage_lineage facts.extract facts.lookup
                                        intake.webhook notice.message notice.attempt notice.member_number ops.dead_letter ops.operator'),
            ('SELECT, INSERT, DELETE', 'ledger.pause ledger.due facts.dtsen facts.civil_servant facts.active_cover facts.population intake.signature intake.batch_verdict'),
            ('SELECT, INSERT, UPDATE, DELETE', 'ledger.pending ledger.waiting ledger.outbox intake.submitted_range intake.webhook_delivery notice.outbox ops.session'),
            -- Only read: views, the codes of reasons, which migrations there were, and counters, which only triggers move.
            ('SELECT', 'intake.batch_row report.code report.scope report.budget report.enrolled report.by_district report.by_occupation report.rejection report.rejected_by_reason report.paid_unpaid
                        report.coverage_target report.half_year report.waiting_list public.schema_migration
                        ledger.batch_tally ledger.batch_counted ledger.promise_tally ledger.promise_counted notice.message_tally notice.message_total notice.card_tally notice.card_counted'),
            ('USAGE', 'ledger.commit_sequence')),
        wanted AS (SELECT rights, regexp_split_to_table(names, '\s+') AS name FROM declared),
        present AS (
            SELECT c.oid, c.relkind, format('%s.%s', root.relnamespace::regnamespace, root.relname) AS name
            FROM pg_class c JOIN pg_class root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
            WHERE (c.relnamespace = ANY (ours) OR c.oid = 'public.schema_migration'::regclass)
              AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') -- the sequence of an identity column needs no right
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i' AND c.relkind = 'S'))
        SELECT name, oid::regclass AS relation, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, rights FROM present FULL JOIN wanted USING (name)
    LOOP
        IF it.rights IS NULL THEN RAISE EXCEPTION '% is in no list of rights: put it into one in schema/rights.sql', it.relation; END IF;
        IF it.relation IS NULL THEN RAISE EXCEPTION '% has rights in schema/rights.sql, but is not there', it.name; END IF;
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC, %I', it.kind, it.relation, service);
        EXECUTE format('GRANT %s ON %s %s TO %I', it.rights, it.kind, it.relation, service);
    END LOOP;
END $$;
