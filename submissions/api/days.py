"""The submission API: the calendar, nil returns, and addresses to be called."""

from dataclasses import asdict
from datetime import date, timedelta

from django.http import Http404
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from submissions import webhooks
from submissions.api import day_serializers as serializers
from submissions.api import documents as say
from submissions.api.selection import chosen_provider, machine_of
from submissions.expectations import days, declare_nil
from submissions.models import Webhook
from submissions.refusals import Refusal

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)


@say.operation(
    "get_calendar",
    {200: serializers.CalendarSerializer},
    refusals=(400,),
    parameters=[
        say.PROVIDER,
        say.OpenApiParameter("from", date),
        say.OpenApiParameter("to", date),
    ],
)
@api_view(["GET"])
def calendar(request: Request) -> Response:
    """Read which days were received, late, missing, nil or excused."""
    provider = chosen_provider(request)
    last = _day(request, "to", timezone.localdate())
    first = _day(request, "from", max(last, date.min + USUAL) - USUAL)
    if not timedelta() <= last - first <= LONGEST:
        raise Refusal("`from` is before `to`, and at most a year before it.")
    return Response({"days": [asdict(day) for day in days(provider, first, last)]})


@say.operation(
    "declare_nil",
    {201: serializers.NilSerializer},
    refusals=(400, 409, 415),
    parameters=[say.PROVIDER],
    request=serializers.NilSerializer,
)
@api_view(["POST"])
def nil_returns(request: Request) -> Response:
    """Declare that there is nothing to send for a day."""
    provider = chosen_provider(request)
    asked = serializers.NilSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    by = f"credential:{machine_of(request).pk}"
    declared = declare_nil(provider, by=by, **asked.validated_data)
    return Response(serializers.NilSerializer(declared).data, status=201)


@say.operation(
    "list_webhooks",
    {200: serializers.WebhooksSerializer},
    refusals=(400,),
    methods=["GET"],
    parameters=[say.PROVIDER],
)
@say.operation(
    "add_webhook",
    {201: serializers.NewWebhookSerializer},
    refusals=(400, 415, 422),
    methods=["POST"],
    parameters=[say.PROVIDER],
    request=serializers.AddressSerializer,
)
@api_view(["GET", "POST"])
def hooks(request: Request) -> Response:
    """List the addresses that are called when a submission moves on, or add one."""
    provider = chosen_provider(request)
    if request.method == "GET":
        live = provider.webhooks.filter(ended_at=None)
        return Response({"webhooks": serializers.WebhookSerializer(live, many=True).data})
    asked = serializers.AddressSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    by = f"credential:{machine_of(request).pk}"
    made = webhooks.new_webhook(provider, asked.validated_data["url"], by=by)
    shown = serializers.WebhookSerializer(made).data
    return Response({**shown, "secret": webhooks.secret_of(made)}, status=201)


@say.operation("end_webhook", {204: None})
@api_view(["DELETE"])
def hook(request: Request, identity: str) -> Response:
    """Have an address called no more."""
    found = Webhook.objects.filter(
        pk=identity, ended_at=None, provider__in=machine_of(request).providers
    ).first()
    if found is None:
        raise Http404
    webhooks.end_webhook(found)
    return Response(status=204)


def _day(request: Request, name: str, usual: date) -> date:
    """A date in the query. Raises Refusal."""
    text = request.query_params.get(name)
    if text is None:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Refusal(f"`{name}` is a date: 2024-03-05.") from wrong
