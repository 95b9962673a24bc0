"""Tell a data quality report on a terminal."""

from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from portal.quality_reports import Example, Fault, QualityReport, RuleResult

SHOWN_FAULTS = 50
SHOWN_PLACES = 3
COLOURS = {
    "reject_file": "bold red",
    "reject_group": "red",
    "reject_record": "red",
    "warning": "yellow",
}
OUTCOMES = {
    "accepted": ("green", "Accepted"),
    "accepted_with_warnings": ("yellow", "Accepted, with warnings"),
    "accepted_with_rejections": ("yellow", "Accepted, but some records are rejected"),
    "rejected": ("bold red", "Rejected"),
}
Rows = Mapping[tuple[str, int], Mapping[str, str | None]]


def tell(report: QualityReport, rows: Rows, console: Console | None = None) -> None:
    """Print a report. Where rows are given, the sender's own record stands under its finding."""
    console = console or Console()
    colour, words = OUTCOMES[report.outcome]
    period = f"{report.period_start} to {report.period_end}"
    console.print(f"[{colour}]{words}[/]  {escape(report.provider)}, {period}, {report.version}")
    if report.faults:
        tell_faults(report.faults, report.fault_count, console)
    console.print(_tables(report))
    for rule in report.rules:
        _tell_rule(rule, rows, console)
    for each in report.not_checked:
        where = f"{each.table} {each.item or ''}".strip()
        some = f" ({each.records:,} records)" if each.records else ""
        console.print(Text(f"Not checked: {each.rule} {where}: {each.because}{some}", "dim"))


def tell_faults(faults: Iterable[Fault], count: int, console: Console | None = None) -> None:
    """Print structural faults, each with its place: no column is wide enough for them all."""
    console = console or Console()
    title = "1 structural fault" if count == 1 else f"{count:,} structural faults"
    console.print(Text(title, "bold"))
    shown = list(faults)[:SHOWN_FAULTS]
    for fault in shown:
        console.print(Text(f"{_place(fault)}  {fault.code}", "red"))
        console.print(Text(f"    {fault.sentence}"))
        console.print(Text(f"    {fault.fix}", "dim"))
    if count > len(shown):
        console.print(f"{count - len(shown):,} more are not shown; --json has up to a thousand.")


def _place(fault: Fault) -> str:
    """The file of a fault, and its line and column as far as it has them."""
    named = (("line", fault.line), ("column", fault.column))
    return ", ".join((fault.file, *(f"{name} {n:,}" for name, n in named if n is not None)))


def _tables(report: QualityReport) -> Grid:
    """What became of the records of each table."""
    grid = Grid(box=box.SIMPLE)
    grid.add_column("table")
    for name in ("received", "accepted", "rejected", "cascaded", "warned"):
        grid.add_column(name, justify="right")
    for each in report.tables:
        counts = (each.received, each.accepted, each.rejected, each.cascaded, each.warned)
        grid.add_row(each.table, *(f"{count:,}" for count in counts))
    return grid


def _tell_rule(rule: RuleResult, rows: Rows, console: Console) -> None:
    """Print the findings of one rule on one item."""
    head = Text(f"{rule.code} ", COLOURS.get(rule.severity, ""))
    head.append(f"{rule.table} {rule.item or ''}  {rule.count:,} x  ", "bold")
    console.print(head.append(rule.message))
    console.print(Text(f"    {rule.fix}", "dim"))
    for cascade in rule.cascaded:
        console.print(Text(f"    and {cascade.count:,} of {cascade.table} fall with them", "dim"))
    for example in rule.examples[:SHOWN_PLACES]:
        console.print(Text(f"    line {example.line:,}: {_shown(example)}"))
        if row := rows.get((rule.table, example.line)):
            said = ", ".join(f"{name}={value}" for name, value in row.items() if value)
            console.print(Text(f"      {said}", "cyan"))


def _shown(example: Example) -> str:
    return example.value or example.shape or ""
