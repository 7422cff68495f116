"""The books are insert-only twice: the role of the services has no right to change them, and who has every right meets the triggers. Each table and each way is tried. Then what
`payung migrate` says: a table without declared rights, one role instead of two, an owner that is missing.

usage: rights_test.py PAYUNG     PGURL, PGURL_OWNER and PAYUNG_SHARE as for the tool"""
import os
import subprocess

import tool
from tool import tell

INSERT_ONLY = {f"ledger.{name}" for name in ("journal", "entry", "outcome", "line", "invoice", "payment", "agreement_version", "head", "audit", "lineage_epoch")} | {"notice.card_event"}
PARTITIONS = {f"ledger.line_{year}" for year in (*range(2015, 2036), "other")}
OURS = "'ledger', 'intake', 'notice', 'facts', 'report', 'ops'"
DENIED, TRIGGER = "42501", "P0001"


def sql(statement, role="PGURL"):
    """(SQLSTATE or "", rows)"""
    done = subprocess.run(["psql", os.environ[role], "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-c", statement], capture_output=True,
                          text=True, timeout=60, check=False)
    return done.stderr.strip().rpartition(" ")[2] if done.returncode != 0 else "", [line.split("\t") for line in done.stdout.splitlines()]


def states(statements, role="PGURL"):
    """The SQLSTATE of each statement that fails."""
    words = [word for statement in statements for word in ("-c", statement)]
    done = subprocess.run(["psql", os.environ[role], "-X", "-q", "-v", "VERBOSITY=sqlstate", *words], capture_output=True, text=True, timeout=60, check=False)
    return [line.rpartition(" ")[2] for line in done.stderr.splitlines() if line.startswith("ERROR")]  # others tell what CASCADE reaches


def read(statement):
    """What the owner sees."""
    return tool.sql(statement, "PGURL_OWNER")


def migrate(**environment):
    return tell("migrate", **environment)


def changes(table):
    """Every way to change what stands in a table, or to make it changeable; with a column that a statement may set."""
    column = read(f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND attidentity = '' ORDER BY attnum LIMIT 1")[0][0]
    return (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"), (
        f"ALTER TABLE {table} DISABLE TRIGGER insert_only", f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TRIGGER insert_only ON {table}", f"DROP TABLE {table} CASCADE",
        f"ALTER TABLE {table} ADD COLUMN more int", f"CREATE RULE never AS ON INSERT TO {table} DO INSTEAD NOTHING", f"ALTER TABLE {table} OWNER TO payung")


class Rights(tool.ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        code, answer = migrate()
        assert (code, answer["rights_narrowed"], answer["service_role"]) == (0, True, "payung"), answer

    def assert_denied(self, statement):
        self.assertEqual(sql(statement)[0], DENIED, statement)

    def test_the_insert_only_tables_are_those_with_the_trigger(self):
        found = {row[0] for row in read("SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'insert_only' AND tgenabled = 'O'")}
        self.assertEqual(found, INSERT_ONLY | PARTITIONS)

    def test_neither_the_services_nor_the_owner_change_what_is_booked(self):
        for table in sorted(INSERT_ONLY | PARTITIONS):
            of_rows, of_the_table = changes(table)
            self.assertEqual(states(of_rows + of_the_table), [DENIED] * len(of_rows + of_the_table), f"one of {of_rows + of_the_table}")
            self.assertEqual(states(of_rows, "PGURL_OWNER"), [TRIGGER] * len(of_rows), f"one of {of_rows}")

    def test_the_services_read_and_insert(self):
        for table in sorted(INSERT_ONLY | PARTITIONS):
            columns = read(f"SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''")[0][0]
            self.assertEqual(sql(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE false")[0], "", table)
        self.assertEqual(sql("INSERT INTO ledger.audit (actor, action) VALUES ('test', 'rights') RETURNING action"), ("", [["rights"]]))
        self.assertEqual(sql("SELECT nextval('ledger.commit_sequence') > 0")[1], [["t"]])
        self.assertEqual(sql("CREATE TEMPORARY TABLE own (n int); INSERT INTO own VALUES (1); DROP TABLE own")[0], "")

    def test_the_services_own_nothing_and_make_nothing(self):
        owned = (f"SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text IN ({OURS}, 'public') AND pg_has_role('payung', relowner, 'MEMBER') UNION ALL"
                 f" SELECT nspname FROM pg_namespace WHERE nspname IN ({OURS}, 'public') AND pg_has_role('payung', nspowner, 'MEMBER') UNION ALL"
                 f" SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ({OURS}, 'public') AND pg_has_role('payung', proowner, 'MEMBER') UNION ALL"
                 " SELECT datname FROM pg_database WHERE datname = current_database() AND pg_has_role('payung', datdba, 'MEMBER')")
        self.assertEqual(read(owned), [])
        more = (f"SELECT c.oid::regclass, p FROM pg_class c, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) p WHERE relnamespace::regnamespace::text IN ({OURS}, 'public')"
                " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('payung', c.oid, p)")
        self.assertEqual(read(more), [])
        for place in ("ledger", "intake", "notice", "facts", "report", "public"):
            self.assert_denied(f"CREATE TABLE {place}.own (n int)")
        for statement in ("CREATE SCHEMA own", "SET ROLE payung_owner", "SET session_replication_role = replica", "SELECT setval('ledger.commit_sequence', 1)",
                          "CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "DROP FUNCTION ledger.refuse_change() CASCADE",
                          "DROP SCHEMA ledger CASCADE", "ALTER ROLE payung SUPERUSER", "GRANT payung_owner TO payung"):
            self.assert_denied(statement)

    def test_which_migrations_there_were_is_not_the_services_to_say(self):
        self.assertEqual(sql("SELECT min(number) FROM public.schema_migration")[1], [["1"]])
        for statement in ("UPDATE public.schema_migration SET name = name", "DELETE FROM public.schema_migration", "INSERT INTO public.schema_migration VALUES (9999, 'x', '\\x')",
                          "TRUNCATE public.schema_migration", "DROP TABLE public.schema_migration"):
            self.assert_denied(statement)

    def test_the_services_have_statistics_made(self):
        for kind, table in enumerate(("dtsen", "civil_servant", "active_cover", "population"), 1):
            self.assertEqual(sql(f"SELECT facts.analyze_persons({kind})")[0], "")
            self.assertEqual(read(f"SELECT reltuples FROM pg_class WHERE oid = 'facts.{table}'::regclass"), [["0"]])  # -1 before the first one

    def test_a_right_that_was_given_by_hand_is_taken_back(self):
        read("GRANT ALL ON ledger.entry, ledger.line_2026 TO payung; GRANT UPDATE (amount) ON ledger.invoice TO payung; GRANT DELETE ON ledger.journal TO PUBLIC; SELECT 1")
        self.assertEqual(sql("UPDATE ledger.line_2026 SET amount = 0")[0], TRIGGER)
        self.assertEqual(migrate()[0], 0)
        for statement in ("UPDATE ledger.line_2026 SET amount = 0", "DELETE FROM ledger.entry", "UPDATE ledger.invoice SET amount = 0", "DELETE FROM ledger.journal"):
            self.assert_denied(statement)

    def test_what_is_in_no_list_is_named(self):
        for kind, name, made in (("TABLE", "ledger.forgotten", "(n int)"), ("VIEW", "report.forgotten", "AS SELECT 1 AS n"), ("SEQUENCE", "intake.forgotten", "")):
            read(f"CREATE {kind} {name} {made}")
            try:
                code, answer = migrate()
            finally:
                read(f"DROP {kind} {name}")
            self.assertEqual((code, answer["error"]["code"]), (1, "MIGRATION_FAILED"))
            self.assertIn(f"{name} is in no list of rights", answer["error"]["message"])
        self.assertEqual(migrate()[0], 0)

    def test_a_table_of_the_services_role_is_named(self):
        read("GRANT CREATE ON SCHEMA facts TO payung; SELECT 1")
        self.assertEqual(sql("CREATE TABLE facts.own (n int)")[0], "")
        try:
            code, answer = migrate()
        finally:
            self.assertEqual(sql("DROP TABLE facts.own")[0], "")
        self.assertEqual(code, 1)
        self.assertIn("the relation facts.own belongs to payung", answer["error"]["message"])
        self.assertEqual(migrate()[0], 0)
        self.assert_denied("CREATE TABLE facts.own (n int)")

    def test_the_services_role_can_not_migrate(self):
        code, answer = migrate(PGURL_OWNER=None)
        self.assertEqual(code, 1)
        self.assertIn(DENIED, answer["error"]["message"])
        self.assertIn("PGURL_OWNER", answer["error"]["remedy"])

    def test_one_role_may_own_and_serve_and_is_told_so(self):
        single = os.environ["PGURL"].rpartition("/")[0] + "/rights_single"
        self.assertEqual(sql("CREATE DATABASE rights_single TEMPLATE template0")[0], "")
        try:
            code, answer = migrate(PGURL=single, PGURL_OWNER=None)
            self.assertEqual((code, answer["rights_narrowed"], answer["service_role"]), (0, False, None))
            code, answer = migrate(PGURL=single, PGURL_OWNER=single)
            self.assertEqual(code, 1)
            self.assertIn("PGURL and PGURL_OWNER need two roles", answer["error"]["message"])
        finally:
            self.assertEqual(sql("DROP DATABASE rights_single")[0], "")


if __name__ == "__main__":
    tool.main()
