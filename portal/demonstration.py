"""Made-up organisations and people in every role, so that a demonstration can begin at once."""

from dataclasses import dataclass
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from portal.grants import grant
from portal.memberships import synchronise_roles
from portal.models import Agreement, Delegation, Grant, Organisation, Provider, User
from portal.roles import ROLES, Role, Scope, is_here

DAYS = 365
ORGANISATIONS = (
    ("Z9R", "Demo Region", "region"),
    ("Z9I", "Demo Integrated Care Board", "icb"),
    ("Z9S", "Demo Data Services", "supplier"),
)
PROVIDERS = (
    ("Z9A", "Demo Community Health", "CHT"),
    ("Z9B", "Demo Care Partnership", "SE"),
)
DELEGATING = "Z9B"
AT_A_PROVIDER = {
    "submitter": "submitter",
    "approver": "provider_approver",
    "viewer": "aggregate_viewer",
    "records": "record_viewer",
}
EVERYWHERE = {
    "analyst": "national_analyst",
    "operator": "collection_operator",
    "specification": "specification_manager",
    "auditor": "auditor",
    "administrator": "administrator",
}


@dataclass(frozen=True)
class Seeded:
    """One made-up person: their address for signing in, and what they may do where."""

    email: str
    role: Role
    place: str


@transaction.atomic
def seed(password: str) -> tuple[Seeded, ...]:
    """Make what is missing, and let every made-up person sign in with the password."""
    organisations = _organisations()
    providers = _providers(organisations)
    hashed = _hash(password)
    seeded = []
    for provider in providers:
        for word, name in AT_A_PROVIDER.items():
            address = f"{word}.{provider.code.lower()}@example.org"
            seeded += _seed_person(address, hashed, ROLES[name], provider=provider)
        _agree(provider)
    for word, name in EVERYWHERE.items():
        seeded += _seed_person(f"{word}@example.org", hashed, ROLES[name])
    supplier = organisations["Z9S"]
    _delegate(Provider.objects.get(code=DELEGATING), supplier)
    seeded += _seed_person(
        "supplier@example.org", hashed, ROLES["supplier_submitter"], organisation=supplier
    )
    synchronise_roles()
    return tuple(seeded)


def _hash(password: str) -> str:
    """Return the password's hash, the stored one where it is the same: hashing is slow."""
    somebody = User.objects.filter(email__endswith="@example.org").first()
    if somebody is not None and somebody.check_password(password):
        return somebody.password
    return make_password(password)


def _organisations() -> dict[str, Organisation]:
    return {
        code: Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[
            0
        ]
        for code, name, kind in ORGANISATIONS
    }


def _providers(around: dict[str, Organisation]) -> list[Provider]:
    return [
        Provider.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "provider_type": kind,
                "icb": around["Z9I"],
                "region": around["Z9R"],
                "opted_in_on": date(2023, 10, 1),
            },
        )[0]
        for code, name, kind in PROVIDERS
    ]


def _seed_person(
    email: str,
    hashed: str,
    role: Role,
    *,
    provider: Provider | None = None,
    organisation: Organisation | None = None,
) -> list[Seeded]:
    """Make a person in a role, unless this instance has no such role."""
    if not is_here(role):
        return []
    place = str(provider or organisation or "everywhere")
    name = " ".join(word.capitalize() for word in email.split("@", maxsplit=1)[0].split("."))
    person, _ = User.objects.get_or_create(email=email, defaults={"name": f"Demo {name}"})
    if person.password != hashed:
        person.password = hashed
        person.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(
        user=person, email=email, defaults={"verified": True, "primary": True}
    )
    if not Grant.objects.in_force().filter(person=person, role=role.name).exists():
        grant(
            person,
            role.name,
            by=None,
            reason="demonstration",
            provider=provider if role.scope is Scope.PROVIDER else None,
            organisation=organisation,
            ends=timezone.now() + timedelta(days=DAYS),
        )
    return [Seeded(email, role, place)]


def _agree(provider: Provider) -> None:
    if not provider.has_agreed:
        approver = User.objects.get(email=f"approver.{provider.code.lower()}@example.org")
        Agreement.objects.create(provider=provider, accepted_by=approver)


def _delegate(provider: Provider, supplier: Organisation) -> None:
    today = timezone.localdate()
    Delegation.objects.get_or_create(
        provider=provider,
        supplier=supplier,
        ended_at=None,
        defaults={
            "starts": today,
            "ends": today + timedelta(days=DAYS),
            "approved_by": User.objects.get(email=f"approver.{provider.code.lower()}@example.org"),
        },
    )
