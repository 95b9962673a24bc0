"""Find the service lines that a provider has counts for without reading its counts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("viewer", "0007_fewer_people_stand_out")]

    operations = [
        migrations.AddIndex(
            model_name="measurecount",
            index=models.Index(fields=["provider", "service_line"], name="count_by_line"),
        )
    ]
