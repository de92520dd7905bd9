-- The four roles, cluster-wide. Run by whoever migrates; skipped where they exist already, so an administrator may
-- create them beforehand (with passwords) and migrate with fewer rights.
--   caseflow_owner   owns every table and function; nobody works under it
--   caseflow_app     the daemon: SELECT and the append functions, and the read tables of projections and the vault
--   caseflow_import  the daemon while it imports: caseflow_app and the import entrance
--   caseflow_reader  SELECT alone, and nothing of the vault
DO $$
DECLARE
    v_role text;
    -- From PostgreSQL 16 on a membership may be without the right to SET ROLE, and that of a role's creator is.
    v_may_set boolean := current_setting('server_version_num')::integer >= 160000;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['caseflow_owner', 'caseflow_app', 'caseflow_import', 'caseflow_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN', v_role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- created by another migration, in another database, at this moment
            END;
        END IF;
    END LOOP;
    IF NOT pg_has_role('caseflow_import', 'caseflow_app', 'MEMBER') THEN
        GRANT caseflow_app TO caseflow_import;
    END IF;
    IF NOT pg_has_role(current_user, 'caseflow_owner', CASE WHEN v_may_set THEN 'SET' ELSE 'MEMBER' END) THEN
        EXECUTE format('GRANT caseflow_owner TO %I', current_user)
             || CASE WHEN v_may_set THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END;
    END IF;
END
$$;
CREATE SCHEMA IF NOT EXISTS caseflow AUTHORIZATION caseflow_owner;
