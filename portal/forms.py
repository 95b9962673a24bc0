"""What people type about access: requests, decisions, delegations and emergencies."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.asking import INSTEAD
from portal.models import AccessRequest, Organisation, Provider
from portal.models.organisations import Kind
from portal.roles import ROLES, Scope, roles_here

_LIKE_AN_IDENTIFIER = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")


def refuse_identifiers(text: str) -> None:
    """Refuse a text that seems to hold an NHS number or a telephone number."""
    if _LIKE_AN_IDENTIFIER.search(text):
        raise ValidationError("Leave out anything that looks like an NHS number or a telephone.")


class Reason(forms.CharField):
    """A sentence that goes into the audit trail."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as the field gives them
        super().__init__(
            max_length=400,
            widget=forms.Textarea(attrs={"rows": 3}),
            validators=[refuse_identifiers],
            **options,
        )


class AskForm(forms.Form):
    """Ask for a role at a provider, a submitting organisation, or everywhere."""

    role = forms.ChoiceField(label="What you need to do", widget=forms.RadioSelect)
    provider = forms.ModelChoiceField(
        Provider.objects.all(), label="Provider", required=False, empty_label="None"
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(kind__in=[Kind.SUPPLIER, Kind.ICB]),
        label="Supplier or board",
        help_text="Only for a supplier’s submitter or a board’s viewer.",
        required=False,
        empty_label="None",
    )
    reason = Reason(
        label="Why you need it",
        help_text="Your provider’s approver reads this. Write nothing about a patient.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as forms take them
        super().__init__(*args, **options)
        choices = [
            (role.name, f"{role.title}: {role.sentence}")
            for role in roles_here()
            if role.may_be_asked_for
        ]
        self.fields["role"] = forms.ChoiceField(
            label="What you need to do", widget=forms.RadioSelect, choices=choices
        )

    def clean(self) -> dict[str, Any]:
        """Ask for the place that the role is held at, and keep no other."""
        cleaned = super().clean() or {}
        role = ROLES.get(cleaned.get("role", ""))
        if role is None:
            return cleaned
        for scope, name in ((Scope.PROVIDER, "provider"), (Scope.ORGANISATION, "organisation")):
            if role.scope is not scope:
                cleaned[name] = None
            elif cleaned.get(name) is None:
                self.add_error(name, "Choose one: the role is held there.")
        return cleaned


class DecideForm(forms.Form):
    """Approve a request, approve less, or refuse it."""

    decision = forms.ChoiceField(label="Your decision", widget=forms.RadioSelect)
    note = Reason(label="Note for the record", required=False)

    def __init__(self, *args: Any, asked: AccessRequest, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        choices = [("approve", "Approve as requested"), ("refuse", "Refuse")]
        if asked.role in INSTEAD:
            choices.insert(1, ("less", "Approve aggregate only"))
        self.fields["decision"] = forms.ChoiceField(
            label="Your decision", widget=forms.RadioSelect, choices=choices
        )


class DelegateForm(forms.Form):
    """Let a supplier submit in the provider's name."""

    supplier = forms.ModelChoiceField(
        Organisation.objects.filter(kind=Kind.SUPPLIER), label="Supplier", empty_label=None
    )
    starts = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start, or in the past."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and (ends < starts or ends < timezone.localdate()):
            self.add_error("ends", "Choose a day after the first, and not in the past.")
        return cleaned


class EmergencyForm(forms.Form):
    """Take emergency access to one provider's submissions."""

    provider = forms.ModelChoiceField(Provider.objects.all(), label="Provider", empty_label=None)
    reason = Reason(label="Why it cannot wait", help_text="The provider’s approvers read this now.")


class WithdrawForm(forms.Form):
    """End a provider's agreement."""

    reason = Reason(label="Why it ends", help_text="It is kept in the audit trail.")
