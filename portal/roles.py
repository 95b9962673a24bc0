"""The roles, declared once: what their holders may do, where, and how many must agree to it."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

AGEM, NATIONAL = "agem", "national"
BOTH = frozenset({AGEM, NATIONAL})


class Scope(StrEnum):
    """Where a role is held."""

    PROVIDER = "provider"
    ORGANISATION = "organisation"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class Role:
    """What holders of a role may do: permissions at providers, and powers over the instance."""

    name: str
    title: str
    sentence: str
    instances: frozenset[str]
    scope: Scope
    permissions: frozenset[str] = frozenset()
    powers: frozenset[str] = frozenset()
    approvals: int = 1
    may_be_asked_for: bool = True
    never_with: frozenset[str] = frozenset()


_SUBMIT = frozenset({"submit_data", "view_submissions", "view_quality"})
_ROLES = (
    Role(
        "submitter",
        "Submitter",
        "Sends the provider's files and sees its submissions and data quality reports.",
        frozenset({AGEM}),
        Scope.PROVIDER,
        _SUBMIT,
        never_with=frozenset({"provider_approver"}),
    ),
    Role(
        "supplier_submitter",
        "Supplier's submitter",
        "Sends files for every provider that has delegated submission to the supplier.",
        frozenset({AGEM}),
        Scope.ORGANISATION,
        _SUBMIT,
    ),
    Role(
        "provider_approver",
        "Provider's approver",
        "Accepts the agreement, decides who sees and sends the provider's data, and sees who did.",
        BOTH,
        Scope.PROVIDER,
        frozenset({"approve_access", "view_submissions", "view_quality"}),
        never_with=frozenset({"submitter"}),
    ),
    Role(
        "aggregate_viewer",
        "Aggregate viewer",
        "Sees the provider's own aggregate data and data quality reports.",
        frozenset({NATIONAL}),
        Scope.PROVIDER,
        frozenset({"view_aggregates", "view_quality"}),
    ),
    Role(
        "record_viewer",
        "Record viewer",
        "Sees the provider's own aggregate data and its pseudonymised records.",
        frozenset({NATIONAL}),
        Scope.PROVIDER,
        frozenset({"view_aggregates", "view_quality", "view_records"}),
        approvals=2,
    ),
    Role(
        "icb_viewer",
        "Integrated care board viewer",
        "Sees aggregate data of the board's providers; off unless the setting ICB_VIEWERS is on.",
        frozenset({NATIONAL}),
        Scope.ORGANISATION,
        frozenset({"view_aggregates"}),
    ),
    Role(
        "national_analyst",
        "National analyst",
        "Sees the national overview, and every provider's aggregates and data quality reports.",
        frozenset({NATIONAL}),
        Scope.EVERYWHERE,
        frozenset({"view_aggregates", "view_quality"}),
        frozenset({"view_overview"}),
    ),
    Role(
        "collection_operator",
        "Collection operator",
        "Sees the queue and what is stuck, and puts it right; no content of any submission.",
        BOTH,
        Scope.EVERYWHERE,
        powers=frozenset({"operate_collection"}),
    ),
    Role(
        "emergency_operator",
        "Operator in an emergency",
        "Sees one provider's submissions for three hours; its approvers are told at once.",
        frozenset({AGEM}),
        Scope.PROVIDER,
        frozenset({"view_submissions", "view_quality"}),
        may_be_asked_for=False,
    ),
    Role(
        "specification_manager",
        "Specification manager",
        "Compares and releases versions of the data set specification.",
        frozenset({AGEM}),
        Scope.EVERYWHERE,
        powers=frozenset({"manage_specification"}),
    ),
    Role(
        "auditor",
        "Auditor",
        "Reads the audit trail and verifies its chain; no data.",
        BOTH,
        Scope.EVERYWHERE,
        powers=frozenset({"read_trail"}),
    ),
    Role(
        "administrator",
        "Administrator",
        "Keeps organisations, people and grants in order; no data.",
        BOTH,
        Scope.EVERYWHERE,
        powers=frozenset({"administer"}),
        approvals=2,
    ),
)
ROLES = {role.name: role for role in _ROLES}


def roles_here() -> tuple[Role, ...]:
    """Return the roles that exist on this instance."""
    return tuple(role for role in _ROLES if is_here(role))


def is_here(role: Role) -> bool:
    """Say whether a role may be held on this instance; the boards' only if switched on."""
    if role.name == "icb_viewer" and not settings.ICB_VIEWERS:
        return False
    return settings.PORTAL_INSTANCE in role.instances
