"""Papers are kept as they were issued, and an e-mail knows which one it carried."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_line_prices'),
        ('people', '0005_visits_beyond_cover'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedPaper',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(choices=[('invoice', 'Invoice'), ('credit note', 'Credit note'), ('receipt', 'Receipt'), ('statement', 'Statement')], max_length=12)),
                ('subject_id', models.CharField(max_length=40)),
                ('edition', models.PositiveSmallIntegerField(default=1)),
                ('issued_on', models.DateField()),
                ('name', models.CharField(max_length=80, verbose_name='name of the file')),
                ('page', models.JSONField()),
                ('is_kept_late', models.BooleanField(default=False, verbose_name='kept later than it was issued')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['issued_on', 'edition'],
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='paper',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.issuedpaper'),
        ),
        migrations.AddConstraint(
            model_name='issuedpaper',
            constraint=models.UniqueConstraint(fields=('practice', 'kind', 'subject_id', 'edition'), name='one_paper_per_edition'),
        ),
    ]
