/// Looks on, from inside the database, how checkpoints move: every move is noted in its own transaction, and an attempt
/// that the compare-and-set refused in a sequence, which no rollback undoes.
struct CheckpointWatch {
    private let stand: Stand

    init(_ stand: Stand) async throws {
        self.stand = stand
        try await stand.script(
            """
            CREATE SCHEMA trial;
            CREATE SEQUENCE trial.refused MINVALUE 0 START 0;
            CREATE SEQUENCE trial.zombie_refused MINVALUE 0 START 0;
            CREATE TABLE trial.moves (name text, generation integer, old bigint, new bigint, mover text);
            CREATE FUNCTION trial.watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = trial AS $$
            BEGIN
                IF EXISTS (SELECT FROM after) THEN
                    INSERT INTO trial.moves
                    SELECT a.name, a.generation, b.checkpoint, a.checkpoint, current_setting('application_name')
                      FROM after a JOIN before b ON b.name = a.name AND b.generation = a.generation
                     WHERE a.checkpoint <> b.checkpoint;
                ELSIF current_setting('application_name') = 'zombie' THEN
                    PERFORM nextval('trial.zombie_refused');
                ELSE
                    PERFORM nextval('trial.refused');
                END IF;
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER watch AFTER UPDATE ON caseflow.projections
                REFERENCING OLD TABLE AS before NEW TABLE AS after
                FOR EACH STATEMENT EXECUTE FUNCTION trial.watch();
            SELECT nextval('trial.refused'), nextval('trial.zombie_refused');
            """
        )
    }

    /// Writes of the process named `zombie` that the database refused.
    var zombieRefusals: Int {
        get async throws { try await stand.number("SELECT last_value FROM trial.zombie_refused") }
    }

    /// Counts, and finds moves that do not begin where the one before ended.
    func judge(_ tally: Tally) async throws {
        tally.count("checkpoint moves", try await stand.number("SELECT count(*) FROM trial.moves"))
        tally.count("moves refused", try await stand.number("SELECT last_value FROM trial.refused"))
        tally.count("refused to the zombie", try await zombieRefusals)
        let broken = try await stand.number(
            """
            SELECT count(*) FROM (SELECT old, coalesce(lag(new) OVER (PARTITION BY name, generation ORDER BY new), 0) AS prior
                                    FROM trial.moves) m
             WHERE old <> prior
            """
        )
        tally.expect(broken == 0, "\(broken) checkpoint moves do not begin where the one before ended: folded twice")
    }
}
