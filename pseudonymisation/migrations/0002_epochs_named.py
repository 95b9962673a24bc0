from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pseudonymisation", "0001_keys_and_ceremonies")]

    operations = [
        migrations.AlterModelOptions(
            name="keywitness", options={"ordering": ["epoch"], "verbose_name": "epoch"}
        )
    ]
