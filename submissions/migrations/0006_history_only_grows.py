"""The steps of a submission's life are added to, and never changed, by the role that serves it."""

from django.db import migrations

TAKE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'agem_portal') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON submissions_move FROM agem_portal;
    END IF;
END $$
"""
GIVE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'agem_portal') THEN
        GRANT UPDATE, DELETE ON submissions_move TO agem_portal;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_explained_warnings")]

    operations = [migrations.RunSQL(TAKE, GIVE)]
