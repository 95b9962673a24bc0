"""The specification as pages: tables, items, rules, value sets, measures, what changed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.specification import DataSet, Mandation, Table, load_data_set, versions
from portal.specification.examples import example_of
from portal.specification.formats import form_in_words
from portal.specification.handbook import (
    MANDATION,
    SEVERITY,
    differences,
    rules_about,
    treatment_in_words,
)

NAME = "community_pilot"
TONES = {
    Mandation.MANDATORY: ("Mandatory", "busy"),
    Mandation.REQUIRED: ("Required", "quiet"),
    Mandation.OPTIONAL: ("Optional", "quiet"),
    Mandation.PILOT: ("If asked", "warn"),
}


@require_safe
def index(_: HttpRequest) -> HttpResponse:
    """Go to the newest version."""
    return redirect("specification:version", version=versions(NAME)[-1])


@require_safe
def version(_: HttpRequest, version: str) -> HttpResponse:
    """Show a version at its first table."""
    data_set = _data_set(version)
    return redirect("specification:table", version=version, table=data_set.order[0].name)


@require_safe
def table(request: HttpRequest, version: str, table: str) -> HttpResponse:
    """Show one table: its items, what becomes of each, and its rules."""
    data_set = _data_set(version)
    if table not in data_set.tables:
        raise Http404
    shown = data_set.tables[table]
    context = _around(data_set) | {
        "table": shown,
        "items": [
            (
                item,
                TONES[item.mandation],
                treatment_in_words(item),
                form_in_words(item),
                rules_about(shown, item.name),
            )
            for item in shown.items.values()
        ],
        "rules": [
            (rule, SEVERITY[rule.severity], example_of(data_set, shown, rule))
            for rule in shown.rules
        ],
        "mandation": MANDATION,
    }
    return render(request, "specification/table.html", context)


@require_safe
def value_set(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """Show the codes of a value set and where they are used."""
    data_set = _data_set(version)
    if name not in data_set.value_sets:
        raise Http404
    used = [
        (holder, item)
        for holder in data_set.order
        for item in holder.items.values()
        if item.value_set == name
    ]
    context = _around(data_set) | {"value_set": data_set.value_sets[name], "used": used}
    return render(request, "specification/value_set.html", context)


@require_safe
def changes(request: HttpRequest, version: str) -> HttpResponse:
    """Show what a version changed in the one before it."""
    data_set = _data_set(version)
    if data_set.supersedes is None:
        raise Http404
    older = _data_set(data_set.supersedes)
    context = _around(data_set) | {"older": older, "differences": differences(older, data_set)}
    return render(request, "specification/changes.html", context)


@require_safe
def measures(request: HttpRequest, version: str) -> HttpResponse:
    """Show what is counted and measured, and what holds of the files as a whole."""
    data_set = _data_set(version)
    context = _around(data_set) | {
        "file_rules": [(rule, SEVERITY[rule.severity]) for rule in data_set.file_rules],
        "thresholds": sorted(data_set.quality.threshold_percent.items()),
    }
    return render(request, "specification/measures.html", context)


@require_safe
def template(_: HttpRequest, version: str, table: str) -> HttpResponse:
    """Send a blank file with a table's heading. The AGEM instance alone has this address."""
    data_set = _data_set(version)
    if table not in data_set.tables:
        raise Http404
    shown: Table = data_set.tables[table]
    answer = HttpResponse(",".join(shown.items) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{shown.file_name}"'
    return answer


def _data_set(version: str) -> DataSet:
    if version not in versions(NAME):
        raise Http404
    return load_data_set(NAME, version)


def _around(data_set: DataSet) -> dict[str, Any]:
    return {"data_set": data_set, "versions": versions(NAME)}
