"""Load organisations and providers from a file, such as an extract of the ODS."""

import csv
from collections.abc import Iterable, Mapping
from typing import IO

from django.core.exceptions import ValidationError
from django.db import transaction

from portal import audit
from portal.memberships import synchronise_roles
from portal.models import Organisation, Provider

COLUMNS = ("code", "name", "kind", "provider_type", "icb", "region", "opted_in_on")
PROVIDER = "provider"


class UnreadableOrganisations(Exception):
    """A file of organisations with something wrong; its message names the line."""


@transaction.atomic
def load_organisations(file: IO[str]) -> tuple[int, int]:
    """Add or change every organisation of a CSV file with COLUMNS; return (others, providers).

    `kind` is provider, region, icb, supplier or national. Nothing is loaded when a line is wrong:
    raises UnreadableOrganisations.
    """
    reader = csv.DictReader(file)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise UnreadableOrganisations(f"The first line must be: {','.join(COLUMNS)}")
    rows = list(enumerate(reader, start=2))
    others = _keep((line, row) for line, row in rows if row["kind"] != PROVIDER)
    providers = _keep((line, row) for line, row in rows if row["kind"] == PROVIDER)
    synchronise_roles()
    audit.record(
        audit.Event.ORGANISATION_CHANGED, actor="installation", others=others, providers=providers
    )
    return others, providers


def _keep(rows: Iterable[tuple[int, Mapping[str, str]]]) -> int:
    count = 0
    for line, row in rows:
        made = _provider(row) if row["kind"] == PROVIDER else _organisation(row)
        known = type(made).objects.filter(pk=made.pk).exists()
        try:
            made.full_clean(validate_unique=not known, validate_constraints=not known)
        except ValidationError as wrong:
            raise UnreadableOrganisations(f"line {line}: {sorted(wrong.message_dict)}") from wrong
        made.save()
        count += 1
    return count


def _organisation(row: Mapping[str, str]) -> Organisation | Provider:
    return Organisation(code=row["code"], name=row["name"], kind=row["kind"])


def _provider(row: Mapping[str, str]) -> Organisation | Provider:
    standing = Provider.objects.filter(code=row["code"]).first() or Provider(code=row["code"])
    standing.name, standing.provider_type = row["name"], row["provider_type"]
    standing.icb_id, standing.region_id = row["icb"] or None, row["region"] or None
    standing.opted_in_on = row["opted_in_on"] or None
    return standing
