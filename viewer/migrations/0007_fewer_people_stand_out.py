from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('viewer', '0006_cheaper_tickets'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='cyp001mpi',
            name='LocalAuthority',
        ),
        migrations.RemoveField(
            model_name='cyp001mpi',
            name='IMD_Decile',
        ),
        migrations.AlterField(
            model_name='cyp001mpi',
            name='ValidPostcode_Flag',
            field=models.TextField(null=True, verbose_name='Postcode of usual address, whether known'),
        ),
        migrations.RemoveField(
            model_name='cyp002gp',
            name='OrgIDICBGPPractice',
        ),
        migrations.AddField(
            model_name='cyp002gp',
            name='ValidGPPractice_Flag',
            field=models.TextField(null=True, verbose_name='General medical practice code (patient registration), whether known'),
        ),
    ]
