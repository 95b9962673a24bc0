"""Derive groups and object permissions from grants, delegations and roles; nobody edits them.

A role at a provider is the group `role:CODE`, a role everywhere the group `role`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from guardian.models import GroupObjectPermission

from portal.models import Delegation, Grant, Provider, User
from portal.roles import ROLES, Role, Scope, roles_here


def memberships(people: Iterable[User]) -> Mapping[int, frozenset[str]]:
    """Return, for each person's key, the names of the groups that their grants put them in now."""
    found: dict[int, set[str]] = {person.pk: set() for person in people}
    names = {role.name for role in roles_here()}
    grants = Grant.objects.in_force().filter(person__in=found, role__in=names)
    rows = list(grants.values_list("person", "role", "provider", "organisation"))
    served = _served({(role, place) for _, role, _, place in rows if place})
    for person, role, provider, organisation in rows:
        for code in served[role, organisation] if organisation else [provider]:
            found[person].add(group_name(ROLES[role], code))
    return {person: frozenset(names) for person, names in found.items()}


def group_name(role: Role, code: str | None) -> str:
    """Return the name of the group of a role at a provider, or of a role held everywhere."""
    return f"{role.name}:{code}" if code and role.scope is not Scope.EVERYWHERE else role.name


@transaction.atomic
def synchronise(*people: User) -> int:
    """Put people (all of them, if none is named) in exactly the groups their grants name.

    Returns how many people's groups had been out of step.
    """
    subjects = people or tuple(User.objects.all())
    wanted = memberships(subjects)
    actual: dict[int, set[str]] = defaultdict(set)
    rows = User.groups.through.objects.filter(user__in=wanted)
    for key, name in rows.values_list("user_id", "group__name"):
        actual[key].add(name)
    groups = _groups({name for names in wanted.values() for name in names})
    changed = 0
    for person in subjects:
        if wanted[person.pk] != actual[person.pk]:
            person.groups.set([groups[name] for name in wanted[person.pk]])
            changed += 1
    return changed


@transaction.atomic
def synchronise_roles(*, everywhere_only: bool = False) -> None:
    """Give every group (or those of roles held everywhere) exactly what its role declares."""
    for group in Group.objects.all():
        name, _, code = group.name.partition(":")
        if everywhere_only and code:
            continue
        _give(group, ROLES.get(name), [code] if code else None)


def _served(places: set[tuple[str, str]]) -> Mapping[tuple[str, str], list[str]]:
    """Return the providers that organisations serve: by delegation, or as their care board."""
    served: dict[tuple[str, str], list[str]] = defaultdict(list)
    suppliers = {code for role, code in places if role == "supplier_submitter"}
    boards = {code for role, code in places if role == "icb_viewer"}
    if suppliers:
        delegations = Delegation.objects.in_force().filter(supplier__in=suppliers)
        for code, provider in delegations.values_list("supplier", "provider"):
            served["supplier_submitter", code].append(provider)
    if boards:
        for code, provider in Provider.objects.filter(icb__in=boards).values_list("icb", "code"):
            served["icb_viewer", code].append(provider)
    return served


def _groups(names: set[str]) -> Mapping[str, Group]:
    """Return the groups of these names, making those that are missing with their permissions."""
    groups = {group.name: group for group in Group.objects.filter(name__in=names)}
    for name in sorted(names - set(groups)):
        groups[name], _ = Group.objects.get_or_create(name=name)
        role, _, code = name.partition(":")
        _give(groups[name], ROLES[role], [code] if code else None)
    return groups


def _give(group: Group, role: Role | None, codes: list[str] | None) -> None:
    """Give a group its role's powers, and its permissions at providers (all, if none is named)."""
    powers = role.powers if role else frozenset()
    group.permissions.set(Permission.objects.filter(codename__in=powers, content_type=_type(User)))
    if codes is None:
        codes = list(Provider.objects.values_list("code", flat=True))
    wanted = {
        (permission, code)
        for permission in _permissions(role.permissions if role else frozenset())
        for code in codes
    }
    held = GroupObjectPermission.objects.filter(group=group)
    actual = {(row.permission_id, row.object_pk): row.pk for row in held}
    surplus = [pk for key, pk in actual.items() if key not in wanted]
    held.filter(pk__in=surplus).delete()
    GroupObjectPermission.objects.bulk_create(
        [
            GroupObjectPermission(
                group=group,
                permission_id=permission,
                object_pk=code,
                content_type=_type(Provider),
            )
            for permission, code in sorted(wanted - set(actual))
        ],
        ignore_conflicts=True,
    )


def _permissions(names: frozenset[str]) -> list[int]:
    here = Permission.objects.filter(codename__in=names, content_type=_type(Provider))
    return list(here.values_list("pk", flat=True))


def _type(model: type[Provider | User]) -> ContentType:
    return ContentType.objects.get_for_model(model)
