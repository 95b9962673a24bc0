"""The audit trail in the database: a table that grows, chained row to row, and nothing else.

Each row carries the SHA-256 of the row before it and its own content; a trigger writes both, and
refuses every change. The time in the hash is the epoch, which knows no session's time zone.
"""

from portal.row_security import to_role

WEB_ROLES = ("agem_portal", "national_portal")

MAKE = (
    """
CREATE TABLE portal_auditevent (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    event varchar(40) NOT NULL,
    actor varchar(60) NOT NULL,
    actor_name varchar(150) NOT NULL DEFAULT '',
    provider varchar(12) NOT NULL DEFAULT '',
    request_id varchar(36) NOT NULL DEFAULT '',
    address varchar(45) NOT NULL DEFAULT '',
    facts jsonb NOT NULL DEFAULT '{}',
    previous bytea NOT NULL,
    digest bytea NOT NULL
)
""",
    "CREATE INDEX portal_auditevent_provider ON portal_auditevent (provider, id DESC)",
    "CREATE INDEX portal_auditevent_actor ON portal_auditevent (actor, id DESC)",
    "CREATE INDEX portal_auditevent_event ON portal_auditevent (event, id DESC)",
    """
CREATE TABLE portal_audithead (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id bigint NOT NULL,
    digest bytea NOT NULL
)
""",
    "INSERT INTO portal_audithead (id, digest) VALUES (0, sha256('the beginning'::bytea))",
    """
CREATE FUNCTION portal_audit_digest(entry portal_auditevent) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sha256(entry.previous || convert_to(jsonb_build_array(
        entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.event, entry.actor,
        entry.actor_name, entry.provider, entry.request_id, entry.address, entry.facts
    )::text, 'UTF8'))
$$
""",
    """
CREATE FUNCTION portal_audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE head public.portal_audithead;
BEGIN
    SELECT * INTO STRICT head FROM public.portal_audithead FOR UPDATE;
    NEW.id := head.id + 1;
    NEW.at := clock_timestamp();
    NEW.previous := head.digest;
    NEW.digest := public.portal_audit_digest(NEW);
    UPDATE public.portal_audithead SET id = NEW.id, digest = NEW.digest;
    RETURN NEW;
END $$
""",
    """
CREATE FUNCTION portal_audit_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
    RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'insufficient_privilege';
END $$
""",
    """
CREATE TRIGGER chain BEFORE INSERT ON portal_auditevent
FOR EACH ROW EXECUTE FUNCTION portal_audit_chain()
""",
    """
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON portal_auditevent
FOR EACH STATEMENT EXECUTE FUNCTION portal_audit_refuse()
""",
    "REVOKE ALL ON portal_auditevent, portal_audithead FROM PUBLIC",
    "REVOKE ALL ON FUNCTION portal_audit_chain() FROM PUBLIC",
    *(
        to_role(role, f"REVOKE ALL ON {table} FROM {{role}}")
        for role in WEB_ROLES
        for table in ("portal_auditevent", "portal_audithead")
    ),
    *(to_role(role, "GRANT SELECT, INSERT ON portal_auditevent TO {role}") for role in WEB_ROLES),
    *(to_role(role, "GRANT SELECT ON portal_audithead TO {role}") for role in WEB_ROLES),
    to_role("national_receiver", "GRANT INSERT ON portal_auditevent TO {role}"),
    to_role("national_receiver", "GRANT SELECT ON portal_provider TO {role}"),
    to_role("national_audit", "GRANT SELECT ON portal_auditevent, portal_audithead TO {role}"),
)
UNMAKE = (
    "DROP TABLE portal_auditevent, portal_audithead CASCADE",
    "DROP FUNCTION portal_audit_chain(), portal_audit_refuse()",
)

# the checkpoints: written hourly by the worker of the instance, and never changed
CHECKPOINTS = (
    """
CREATE TABLE portal_auditcheckpoint (
    number bigint PRIMARY KEY CHECK (number > 0),
    at timestamptz NOT NULL,
    events bigint NOT NULL,
    head bytea NOT NULL,
    previous varchar(64) NOT NULL,
    signature bytea NOT NULL
)
""",
    """
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON portal_auditcheckpoint
FOR EACH STATEMENT EXECUTE FUNCTION portal_audit_refuse()
""",
    "REVOKE ALL ON portal_auditcheckpoint FROM PUBLIC",
    *(to_role(role, "REVOKE ALL ON portal_auditcheckpoint FROM {role}") for role in WEB_ROLES),
    to_role("agem_portal", "GRANT SELECT, INSERT ON portal_auditcheckpoint TO {role}"),
    to_role("national_receiver", "GRANT SELECT, INSERT ON portal_auditcheckpoint TO {role}"),
    to_role("national_receiver", "GRANT SELECT ON portal_audithead TO {role}"),
    to_role("national_portal", "GRANT SELECT ON portal_auditcheckpoint TO {role}"),
    to_role("national_audit", "GRANT SELECT ON portal_auditcheckpoint TO {role}"),
)
NO_CHECKPOINTS = ("DROP TABLE portal_auditcheckpoint",)
# the worker sends the alarms that the web process raises
SEND_ALARMS = (to_role("national_receiver", "GRANT SELECT, UPDATE ON portal_alarm TO {role}"),)
