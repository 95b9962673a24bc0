import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0009_files_in_parts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
