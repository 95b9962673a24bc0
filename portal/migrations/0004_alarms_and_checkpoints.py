"""Keep signed checkpoints of the audit trail, and the alarms that odd reading raises."""

import django.utils.timezone
from django.db import migrations, models

from portal.trail import CHECKPOINTS, NO_CHECKPOINTS, SEND_ALARMS


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("events", models.BigIntegerField()),
                ("head", models.BinaryField()),
                ("previous", models.CharField(max_length=64)),
                ("signature", models.BinaryField()),
            ],
            options={
                "db_table": "portal_auditcheckpoint",
                "ordering": ["-number"],
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("person", models.BigIntegerField()),
                (
                    "organisation",
                    models.CharField(blank=True, max_length=12, verbose_name="provider"),
                ),
                ("day", models.DateField()),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                ("addresses", models.JSONField(default=list)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "person", "organisation", "day"),
                        name="one_alarm_of_a_kind_a_day",
                    )
                ],
            },
        ),
        migrations.RunSQL(list(CHECKPOINTS), list(NO_CHECKPOINTS)),
        migrations.RunSQL(list(SEND_ALARMS), migrations.RunSQL.noop),
    ]
