"""Let the receiver know which providers there are, for the figures across them."""

from django.db import migrations

from portal.row_security import RECEIVER, to_role


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("viewer", "0004_key_epochs")]

    operations = [
        migrations.RunSQL(
            to_role(RECEIVER, "GRANT SELECT ON portal_provider TO {role}"),
            to_role(RECEIVER, "REVOKE SELECT ON portal_provider FROM {role}"),
        )
    ]
