"""Show a provider the peers most like it, beside all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("viewer", "0008_lines_found_at_once"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="peerfigure",
            name="one_comparison_per_month",
        ),
        migrations.AddField(
            model_name="peerfigure",
            name="alike",
            field=models.CharField(
                blank=True, max_length=40, verbose_name="in what they are alike"
            ),
        ),
        migrations.AddField(
            model_name="peerfigure",
            name="group",
            field=models.CharField(
                default="all", max_length=10, verbose_name="everybody, or those most alike"
            ),
        ),
        migrations.AddConstraint(
            model_name="peerfigure",
            constraint=models.UniqueConstraint(
                fields=("provider", "measure", "period", "group"), name="one_comparison_per_month"
            ),
        ),
    ]
