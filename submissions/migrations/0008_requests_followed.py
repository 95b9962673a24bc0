# The id of the request that asked for the work stays with its rows.

from django.db import migrations, models

import portal.logs


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_scores_of_items")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="request_id",
            field=models.CharField(
                blank=True,
                default=portal.logs.current_request,
                max_length=36,
                verbose_name="request that asked for the work",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="request_id",
            field=models.CharField(blank=True, default=portal.logs.current_request, max_length=36),
        ),
        migrations.AddField(
            model_name="transfer",
            name="request_id",
            field=models.CharField(blank=True, default=portal.logs.current_request, max_length=36),
        ),
    ]
