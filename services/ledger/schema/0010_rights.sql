-- What the services' role needs when it owns no table any more (rights.sql says what it may do), and the last insert-only table without its trigger.

-- ANALYZE wants the owner of the table, so it runs as the owner here: only of these tables, whatever the caller's search path is.
CREATE FUNCTION facts.analyze_persons(kind int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind -- of facts.extract
        WHEN 1 THEN ANALYZE facts.dtsen;
        WHEN 2 THEN ANALYZE facts.civil_servant;
        WHEN 3 THEN ANALYZE facts.active_cover;
        WHEN 4 THEN ANALYZE facts.population;
    END CASE;
END $$;

-- Where an old epoch was closed never changes.
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.lineage_epoch FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
