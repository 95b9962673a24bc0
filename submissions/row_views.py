"""Rows with errors: the sender's own lines, page by page, with what is wrong in the cell itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from portal.access import for_provider
from portal.models import Provider
from portal.paging import Paging, paging
from portal.quality_reports import QualityReport
from portal.specification import load_data_set
from submissions.broken_rows import SHAPED, BrokenRows, Column, Row, Wanted
from submissions.landing import current_store
from submissions.models import StoredFile, Submission
from submissions.report_views import tabs
from submissions.reports import read_report, stored, tables_with_rows
from submissions.store import open_for_reading
from submissions.views import find

PER_PAGE = 25
LISTED_VALUES = 100
BLANK = "(blank)"
SHAPE_OF = "(shape) "


@dataclass(frozen=True)
class Shown:
    """One page of the rows of a table."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    paging: Paging
    rules: tuple[str, ...]
    items: tuple[str, ...]
    values: tuple[str, ...]
    wanted: Wanted
    value: str


@require_GET
@for_provider("view_quality")
def rows_of_first(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Lead to the rows of the table with the most costly finding."""
    submission = find(provider, reference)
    report = read_report(submission)
    if report is None:
        return redirect("submissions:quality_report", provider.code, reference)
    kept = tables_with_rows(submission)
    table = next((rule.table for rule in report.rules if rule.table in kept), None)
    if table is None:
        return render(
            request, "submissions/rows.html", _frame(submission, report) | {"table": None}
        )
    return redirect("submissions:quality_rows", provider.code, reference, table)


@require_GET
@for_provider("view_quality")
def rows(request: HttpRequest, provider: Provider, reference: str, table: str) -> HttpResponse:
    """Show a page of a table's rows with errors, by rule, item and value if asked."""
    submission = find(provider, reference)
    report = read_report(submission)
    if report is None:
        raise Http404
    with _open_rows(submission, table) as kept:
        if kept is None:
            raise Http404
        shown = _page(request, kept, _key_of(report, table))
    messages = {(rule.code, rule.item): rule.message for rule in report.rules}
    says = {rule.code: rule.message for rule in report.rules if rule.table == table}
    return render(
        request,
        "submissions/rows.html",
        _frame(submission, report)
        | {"table": table, "shown": shown, "messages": messages, "says": says, "blank": BLANK},
    )


def _frame(submission: Submission, report: QualityReport) -> dict[str, object]:
    """Return what stands around the rows."""
    titles = {table.table: table.title for table in report.tables}
    return {
        "provider": submission.provider,
        "submission": submission,
        "report": report,
        "tabs": tabs(submission, "quality_rows_all"),
        "tables": [(name, titles.get(name, name)) for name in tables_with_rows(submission)],
    }


def _page(request: HttpRequest, kept: BrokenRows, key: tuple[str, ...]) -> Shown:
    """Return the page of rows that a request asks for."""
    asked = request.GET
    wanted = Wanted(asked.get("rule", ""), asked.get("item", ""), _wanted_value(asked.get("value")))
    places = kept.matching(wanted)
    pages = paging(kept.total if places is None else len(places), PER_PAGE, asked)
    wrong = {kind.item for kind in kept.kinds}
    order = sorted(
        kept.columns, key=lambda column: (column.name not in wrong, column.name not in key)
    )
    of_rule = [kind for kind in kept.kinds if wanted.rule in ("", kind.rule)]
    values = {
        _shown_value(text)
        for kind in of_rule
        if wanted.item in ("", kind.item)
        for text in kind.values[:LISTED_VALUES]
    }
    return Shown(
        columns=tuple(order),
        rows=tuple(kept.page(places, pages.offset, PER_PAGE)),
        paging=pages,
        rules=tuple(dict.fromkeys(kind.rule for kind in kept.kinds)),
        items=tuple(sorted({kind.item for kind in kept.kinds})),
        values=tuple(sorted(values)),
        wanted=wanted,
        value="" if wanted.value is None else _shown_value(wanted.value),
    )


def _shown_value(text: str | None) -> str:
    """Return a wrong value, or the shape of one not fit to be shown, as the filter names it."""
    if text and text.startswith(SHAPED):
        return SHAPE_OF + text.removeprefix(SHAPED)
    return text or BLANK


def _wanted_value(asked: str | None) -> str | None:
    """Return the wrong value that a filter names; None for any."""
    if not asked:
        return None
    if asked.startswith(SHAPE_OF):
        return SHAPED + asked.removeprefix(SHAPE_OF)
    return "" if asked == BLANK else asked


def _key_of(report: QualityReport, table: str) -> tuple[str, ...]:
    """Return the items that name a record of a table, by the specification it was judged by."""
    tables = load_data_set(report.data_set, report.version).tables
    if table not in tables:
        raise Http404
    return tuple(tables[table].key)


@contextmanager
def _open_rows(submission: Submission, table: str) -> Iterator[BrokenRows | None]:
    """Open the records of a table that have findings; none if there are none, or no longer."""
    where = stored(submission, StoredFile.Kind.FINDINGS, f"{table}.rows")
    if where is None:
        yield None
        return
    with open_for_reading(current_store(), where) as stream:
        yield BrokenRows(stream)
