"""The submission API: what was found, what became of it, and proof of both."""

from dataclasses import asdict

from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from submissions.api import documents as say
from submissions.api import serializers
from submissions.api.selection import find
from submissions.receipts import public_key, sign_receipt
from submissions.refusals import Refusal
from submissions.reports import errors as errors_of
from submissions.reports import read_report

PAGE = 200
NO_CHANGE: dict[str, list[object]] = {"fixed": [], "still": [], "new": []}


@say.operation("get_history", {200: serializers.HistorySerializer})
@api_view(["GET"])
def history(request: Request, reference: str) -> Response:
    """Read every step of a submission's life."""
    moves = find(request, reference).moves.all()
    return Response({"moves": serializers.MoveSerializer(moves, many=True).data})


@say.operation("get_receipt", {200: serializers.ReceiptSerializer})
@api_view(["GET"])
def receipt(request: Request, reference: str) -> Response:
    """Read a signed receipt: what was received, when, and what became of it."""
    return Response(asdict(sign_receipt(find(request, reference))))


@say.operation("get_receipt_key", {200: serializers.ReceiptKeySerializer}, auth=[])
@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def receipt_key(_request: Request) -> Response:
    """Read the public key that receipts are verified with."""
    return Response({"algorithm": "Ed25519", "public_key": public_key()})


@say.operation(
    "get_errors",
    {200: serializers.ErrorsSerializer},
    refusals=(400,),
    parameters=[say.OpenApiParameter("after", int, description="`next` of the page before")],
)
@api_view(["GET"])
def errors(request: Request, reference: str) -> Response:
    """Read where errors were found, a page at a time; values are never shown."""
    found = find(request, reference)
    start = _number(request.query_params.get("after", "0"))
    every = errors_of(found)
    page = every[start : start + PAGE]
    more = start + PAGE if start + PAGE < len(every) else None
    count = found.fault_count + sum(found.rules.values_list("count", flat=True))
    shown = [asdict(error) for error in page]
    return Response({"errors": shown, "total": len(every), "count": count, "next": more})


@say.operation("get_difference", {200: serializers.DifferenceSerializer})
@api_view(["GET"])
def difference(request: Request, reference: str) -> Response:
    """Read what changed since the submission that was judged before this one."""
    report = read_report(find(request, reference))
    if report is None or report.difference is None:
        return Response(NO_CHANGE)
    return Response(serializers.DifferenceSerializer(report.difference).data)


def _number(text: str) -> int:
    """A page's start. Raises Refusal."""
    if not (text.isascii() and text.isdigit() and len(text) < len(str(10**9))):
        raise Refusal("`after` is a number.")
    return int(text)
