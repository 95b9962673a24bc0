# Files of one submission arrive each in parts; checks tell how far they are; people choose e-mails.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0008_requests_followed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="uploads",
                to="submissions.submission",
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="progress",
            field=models.JSONField(
                blank=True, default=dict, verbose_name="how far the checks have come"
            ),
        ),
        migrations.CreateModel(
            name="MailChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("accepted", models.BooleanField(default=False)),
                ("rejected", models.BooleanField(default=True)),
                ("missing", models.BooleanField(default=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_choices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_choices",
                        to="portal.provider",
                    ),
                ),
            ],
            options={
                "ordering": ["provider", "person"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "provider"),
                        name="one_choice_of_mail_per_person_and_provider",
                    )
                ],
            },
        ),
    ]
