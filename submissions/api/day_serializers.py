"""What the API says of days, nil returns and addresses that are called."""

from typing import Any

from rest_framework import serializers

from submissions.expectations import DayState
from submissions.models import NilReturn, Webhook


class DaySerializer(serializers.Serializer[Any]):
    """One day of the calendar."""

    day = serializers.DateField()
    state = serializers.ChoiceField(choices=[state.value for state in DayState])
    due = serializers.DateTimeField(allow_null=True)
    reference = serializers.CharField(allow_null=True)


class CalendarSerializer(serializers.Serializer[Any]):
    """The days of a provider."""

    days = DaySerializer(many=True)


class NilSerializer(serializers.ModelSerializer[NilReturn]):
    """A declaration that there is nothing to send for a day."""

    because = serializers.CharField(max_length=500)

    class Meta:
        model = NilReturn
        fields = ["day", "because"]


class AddressSerializer(serializers.Serializer[Any]):
    """An address to call."""

    url = serializers.CharField(max_length=500)


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is called."""

    class Meta:
        model = Webhook
        fields = ["id", "url", "made_at"]


class WebhooksSerializer(serializers.Serializer[Any]):
    """The addresses of a provider."""

    webhooks = WebhookSerializer(many=True)


class NewWebhookSerializer(WebhookSerializer):
    """An address with the secret that signs its calls, shown once."""

    secret = serializers.CharField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
