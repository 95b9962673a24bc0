"""The command line: `pilot-submit`. Data to the standard output, everything else to the other."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from submissions.client import calling, proving
from submissions.client.calling import Portal
from submissions.client.endings import Ending, Exit, of_state
from submissions.client.packing import Package, packed

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False
)
Url = Annotated[str, typer.Option(envvar="PILOT_URL", help="the portal's address")]
Json = Annotated[bool, typer.Option("--json", help="the answer as JSON")]
Provider = Annotated[str, typer.Option(envvar="PILOT_PROVIDER", help="code of the provider")]
Wait = Annotated[int, typer.Option(help="seconds to wait until it is settled")]
Paths = Annotated[list[Path], typer.Argument(metavar="DIR|ZIP|CSV...")]
HERE = "http://127.0.0.1:8002"
AN_HOUR = 3600


def run() -> None:
    """Run a command and leave with its exit code."""
    try:
        app()
    except Ending as ending:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps(ending.said or {"detail": str(ending)}) + "\n")
        else:
            _show_refusal(ending)
        sys.exit(ending.code)


@app.command()
def submit(  # noqa: PLR0913 - each is an option of the command
    paths: Paths,
    url: Url = HERE,
    provider: Provider = "",
    mode: Annotated[str, typer.Option(help="live, test or check")] = "live",
    wait: Wait = AN_HOUR,
    *,
    as_json: Json = False,
) -> None:
    """Send a day, and wait until it has arrived or was rejected."""
    query = {"mode": mode, **({"provider": provider} if provider else {})}
    portal = _portal(url)
    with packed(paths) as package, _bar(package) as progress:
        said = calling.submit(portal, package, query, progress)
    _note(
        f"{said['reference']} was received: {said['bytes']:,} bytes, {said['records']:,} records."
    )
    _settle(portal, said["reference"], wait, as_json=as_json)


@app.command()
def status(reference: str, url: Url = HERE, wait: Wait = 0, *, as_json: Json = False) -> None:
    """Show what became of a submission."""
    _settle(_portal(url), reference, wait, as_json=as_json)


@app.command()
def explain(reference: str, paths: Paths, url: Url = HERE, *, as_json: Json = False) -> None:
    """Show a submission's errors beside your own rows. Your file does not leave this machine."""
    from submissions.client.explaining import explain as explained  # noqa: PLC0415 - Polars

    portal = _portal(url)
    version = calling.ask(portal, f"/submissions/{reference}")["version"] or "2.0"
    for each in explained(calling.errors(portal, reference), paths, version):
        if as_json:
            sys.stdout.write(json.dumps(asdict(each)) + "\n")
            continue
        place = f"{each.file}:{each.line or ''} {each.field or ''}".strip()
        value = "" if each.value is None else f" [yours: {each.value}]"
        sys.stdout.write(f"{place} {each.rule}: {each.detail} {each.fix}{value}\n")


@app.command()
def nil(
    day: str,
    because: Annotated[str, typer.Option(help="why there is nothing to send")],
    url: Url = HERE,
    provider: Provider = "",
) -> None:
    """Declare that there is nothing to send for a day (2024-03-05)."""
    query = {"provider": provider} if provider else {}
    calling.tell(_portal(url), "/nil-returns", {"day": day, "because": because}, **query)
    _note(f"Nothing is expected for {day} any more.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def check(context: typer.Context) -> None:
    """Check files on this machine, with the portal's own rules. Nothing is sent."""
    from submissions.checking import main  # noqa: PLC0415 - Polars

    sys.exit(main(["check", *context.args]))


@app.command()
def template(into: Path, version: str = "2.0") -> None:
    """Write empty CSV files with the right headings into a folder."""
    from portal.specification import load_data_set  # noqa: PLC0415 - only here

    into.mkdir(parents=True, exist_ok=True)
    for table in load_data_set("community_pilot", version).order:
        heading = ",".join(table.items) + "\n"
        (into / table.file_name).write_text(heading, encoding="utf-8", newline="")


@app.command()
def key(
    private: Path = Path("pilot-private.json"), public: Path = Path("pilot-public.json")
) -> None:
    """Make a key pair. Keep the private key; send the public one to the operators."""
    try:
        proving.make_pair(private, public)
    except FileExistsError as there:
        raise Ending(Exit.USAGE, f"{private} is there already; it is not overwritten.") from there
    _note(f"Keep {private} on this machine. Send {public} to the operators.")


def _portal(url: str) -> Portal:
    """The portal, with the right that the environment names."""
    url = url.rstrip("/")
    return Portal(url, proving.bearer(url, os.environ))


def _settle(portal: Portal, reference: str, seconds: int, *, as_json: bool) -> None:
    """Show what became of a submission, and leave with the code that says it."""
    said = calling.follow(portal, reference, seconds)
    if as_json:
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        sys.stdout.write(f"{said['reference']} {said['state']} {said['outcome']}".rstrip() + "\n")
        for table in said.get("tables", []):
            _note(_counts(table))
    unsettled = seconds > 0 and not calling.is_settled(said)
    sys.exit(Exit.TRY_AGAIN if unsettled else of_state(said["state"]))


def _counts(table: dict[str, Any]) -> str:
    """A table's counts as a line."""
    names = ("received", "accepted", "rejected", "warned")
    return f"  {table['table']:34}" + "".join(f"{table[name]:>10,} {name}" for name in names)


@contextmanager
def _bar(package: Package) -> Iterator[calling.Progress]:
    """Show real bytes on a terminal, and nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("Sending"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("send", total=package.size)
        yield lambda size: bar.advance(task, size)


def _show_refusal(ending: Ending) -> None:
    """Say why a command ended, with the error report if there is one."""
    _note(str(ending))
    for error in ending.said.get("errors", []):
        place = ":".join(str(part) for part in (error["file"], error["line"]) if part)
        _note(f"  {place} {error['rule']}: {error['detail']} {error['fix']}")


def _note(text: str) -> None:
    """Say something to a person, not to the next program in a pipe."""
    sys.stderr.write(text + "\n")
