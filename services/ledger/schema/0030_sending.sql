-- What a message costs on its way through the sender. It finds what it marked by the message's id: an index of what is being sent grew by one dead entry a message, and the planner, which sees it empty
-- whenever it counts, took it for the shortest way. States that change with every message stand in no index any more, so that such a change rewrites no other index either (HOT); the report, which counts
-- whole tables anyway, is who reads them.
DROP INDEX notice.outbox_sending;
DROP INDEX notice.message_failed;
DROP INDEX notice.attempt_in_doubt;
ALTER TABLE notice.message SET (fillfactor = 75);
ALTER TABLE notice.attempt SET (fillfactor = 60);

-- An attempt is made only of a row of notice.outbox, which has its message. That it goes with its message is seen to when a message goes, not at each attempt.
ALTER TABLE notice.attempt DROP CONSTRAINT attempt_event_id_fkey;
CREATE FUNCTION notice.forget_attempts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM notice.attempt a USING gone WHERE a.event_id = gone.event_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_goes AFTER DELETE ON notice.message REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION notice.forget_attempts();
