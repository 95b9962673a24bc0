"""What the API says of a submission: references, states, counts and times; never a value."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from submissions.api.problems import ACTS
from submissions.models import Move, Submission, TableCount
from submissions.states import MOVES, Mode, State


class TableSerializer(serializers.ModelSerializer[TableCount]):
    """What became of the records of one table."""

    class Meta:
        model = TableCount
        fields = ["table", "received", "accepted", "rejected", "cascaded", "warned"]


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """A submission."""

    provider = serializers.CharField(source="provider_id")
    mode = serializers.ChoiceField(choices=Mode.choices)
    state = serializers.ChoiceField(choices=State.choices)
    meaning = serializers.CharField(source="get_state_display")
    duplicate_of = serializers.CharField(
        source="duplicate_of.reference", default=None, allow_null=True
    )
    superseded_by = serializers.CharField(
        source="superseded_by.reference", default=None, allow_null=True
    )
    links = serializers.SerializerMethodField()
    possible = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = [
            "reference",
            "provider",
            "mode",
            "state",
            "meaning",
            "outcome",
            "data_set",
            "version",
            "period_start",
            "period_end",
            "slot_version",
            "duplicate_of",
            "superseded_by",
            "sha256",
            "bytes",
            "records",
            "score",
            "started_at",
            "received_at",
            "finished_at",
            "possible",
            "links",
        ]

    def get_links(self, submission: Submission) -> dict[str, str]:
        """Where more can be read of it."""
        parts = ("history", "receipt", "errors", "difference")
        links = {part: reverse(f"api:{part}", args=[submission.reference]) for part in parts}
        return {"self": reverse("api:submission", args=[submission.reference]), **links}

    def get_possible(self, submission: Submission) -> list[str]:
        """What can be done with it now."""
        return sorted(ACTS[to] for to in MOVES[State(submission.state)] if to in ACTS)


class SubmissionInFullSerializer(SubmissionSerializer):
    """A submission with the counts of its tables."""

    tables = TableSerializer(many=True)

    class Meta(SubmissionSerializer.Meta):
        fields = [*SubmissionSerializer.Meta.fields, "tables"]


class PageSerializer(serializers.Serializer[Any]):
    """A page of submissions, the newest first."""

    submissions = SubmissionSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="`after` for the next page")


class MoveSerializer(serializers.ModelSerializer[Move]):
    """One step in a submission's life."""

    class Meta:
        model = Move
        fields = ["at", "before", "to", "because"]


class HistorySerializer(serializers.Serializer[Any]):
    """A submission's whole life."""

    moves = MoveSerializer(many=True)


class ErrorSerializer(serializers.Serializer[Any]):
    """One error: where, which rule, what to do. It holds no value, at most the shape of one."""

    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    field = serializers.CharField(allow_null=True)
    rule = serializers.CharField()
    severity = serializers.CharField()
    detail = serializers.CharField()
    fix = serializers.CharField()
    shape = serializers.CharField(allow_null=True)


class ErrorsSerializer(serializers.Serializer[Any]):
    """A page of errors."""

    errors = ErrorSerializer(many=True)  # type: ignore[assignment]
    total = serializers.IntegerField(help_text="how many places are shown over all pages")
    count = serializers.IntegerField(help_text="how many there are, shown or not")
    next = serializers.IntegerField(allow_null=True, help_text="`after` for the next page")


class ReceiptSerializer(serializers.Serializer[Any]):
    """A signed proof of what was received and what became of it."""

    receipt = serializers.DictField()
    signature = serializers.CharField(help_text="over the receipt as canonical JSON, base64")
    algorithm = serializers.CharField()


class ReceiptKeySerializer(serializers.Serializer[Any]):
    """The public key of receipts."""

    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="PEM")


class ChangeSerializer(serializers.Serializer[Any]):
    """How often a rule was broken before and now."""

    rule = serializers.CharField()
    table = serializers.CharField()
    item = serializers.CharField(allow_null=True)
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class DifferenceSerializer(serializers.Serializer[Any]):
    """What changed since the submission judged before."""

    fixed = ChangeSerializer(many=True)
    still = ChangeSerializer(many=True)
    new = ChangeSerializer(many=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why something is done."""

    because = serializers.CharField(max_length=500)


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    request_id = serializers.CharField(allow_blank=True)
    errors = ErrorSerializer(many=True, required=False)  # type: ignore[assignment]


class KindSerializer(serializers.Serializer[Any]):
    """A kind of problem."""

    kind = serializers.CharField()
    what_to_do = serializers.CharField()


class TokenRequestSerializer(serializers.Serializer[Any]):
    """A client's request for a token (RFC 6749, RFC 7523)."""

    grant_type = serializers.ChoiceField(choices=["client_credentials"])
    client_assertion_type = serializers.ChoiceField(
        choices=["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    )
    client_assertion = serializers.CharField(help_text="a JWT signed with RS512 or ES384")
    scope = serializers.CharField(required=False, help_text="live test check provider:CODE")


class TokenSerializer(serializers.Serializer[Any]):
    """A token of ten minutes."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    scope = serializers.CharField()
