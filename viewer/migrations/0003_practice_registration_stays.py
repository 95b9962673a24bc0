from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('viewer', '0002_wall'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='cyp002gp',
            name='GPRegistration_StartDate_Month',
        ),
        migrations.RemoveField(
            model_name='cyp002gp',
            name='GPRegistration_EndDate_Month',
        ),
    ]
