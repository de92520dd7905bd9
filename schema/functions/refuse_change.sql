-- Trigger of the append-only tables: nobody changes, removes or empties, whoever asks.
CREATE OR REPLACE FUNCTION caseflow.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on caseflow.% is refused: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'ZC002', HINT = 'Correct a case by a new event.';
END
$$;
