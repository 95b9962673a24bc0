"""Make the audit trail, which only grows."""

from django.db import migrations

from portal.trail import MAKE, UNMAKE


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [migrations.RunSQL(list(MAKE), list(UNMAKE))]
