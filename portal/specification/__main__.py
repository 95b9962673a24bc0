"""`python -m portal.specification synthesise, template, show, diff, document`."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from portal.specification import (
    DataSet,
    SpecificationError,
    load_data_set,
    version_in_force,
    versions,
)

_NAME = "community_pilot"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks. 0 done, 2 a request that makes no sense."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.do(asked))
    except SpecificationError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal.specification", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("synthesise", help="make up the files of a provider's day")
    make.add_argument("--version", choices=versions(_NAME), help="default: in force that day")
    make.add_argument("--provider", default="Z9A")
    make.add_argument("--date", type=date.fromisoformat, default=date(2024, 3, 5))
    make.add_argument("--patients", type=int, default=500)
    make.add_argument("--contacts", type=int, help="so many contacts, for measuring speed")
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--errors", type=float, default=0.0, help="share of patients with a fault")
    make.add_argument("--fault", default="", metavar="CODE", help="break this rule and no other")
    make.add_argument("--into", type=Path, required=True)
    make.add_argument("--zip", action="store_true", help="one zip beside the folder's files")
    make.set_defaults(do=_synthesise)
    template = commands.add_parser("template", help="write blank files with the right headings")
    template.add_argument("--version", choices=versions(_NAME), required=True)
    template.add_argument("--into", type=Path, required=True)
    template.set_defaults(do=_template)
    show = commands.add_parser("show", help="say what a version holds")
    show.add_argument("--version", choices=versions(_NAME), required=True)
    show.add_argument("--table")
    show.set_defaults(do=_show)
    diff = commands.add_parser("diff", help="say what changed from one version to another")
    diff.add_argument("older", choices=versions(_NAME))
    diff.add_argument("newer", choices=versions(_NAME))
    diff.set_defaults(do=_diff)
    document = commands.add_parser("document", help="write the reference pages in Markdown")
    document.add_argument("--into", type=Path, required=True)
    document.set_defaults(do=_document)
    return parser


def _synthesise(asked: argparse.Namespace) -> int:
    from portal.specification.synthesis.day import Wanted  # noqa: PLC0415 the others need no Polars
    from portal.specification.synthesis.files import spoil_files, synthesise_files  # noqa: PLC0415
    from portal.specification.synthesis.spoiling import whole_rules  # noqa: PLC0415

    version = asked.version or version_in_force(_NAME, asked.date)
    if version is None:
        raise SpecificationError(f"data_set.toml: date: no version is in force on {asked.date}")
    data_set = load_data_set(_NAME, version)
    wanted = Wanted(asked.provider, asked.date, asked.patients, asked.seed, asked.contacts)
    if asked.fault in whole_rules(data_set):
        made = spoil_files(data_set, wanted, asked.fault, asked.into)
    else:
        made = synthesise_files(
            data_set, wanted, asked.errors, asked.into, zipped=asked.zip, only=asked.fault
        )
    sys.stdout.write(json.dumps(made, indent=2) + "\n")
    return 0


def _template(asked: argparse.Namespace) -> int:
    asked.into.mkdir(parents=True, exist_ok=True)
    for table in load_data_set(_NAME, asked.version).order:
        heading = ",".join(table.items) + "\n"
        (asked.into / table.file_name).write_text(heading, encoding="utf-8", newline="")
    return 0


def _show(asked: argparse.Namespace) -> int:
    data_set = load_data_set(_NAME, asked.version)
    sys.stdout.write(_one(data_set, asked.table) if asked.table else _all(data_set))
    return 0


def _all(data_set: DataSet) -> str:
    span = f"{data_set.effective_from} to {data_set.effective_to}"
    lines = [f"{data_set.title} {data_set.version}, {span}, digest {data_set.digest}"]
    lines += [
        f"{table.name:32} {len(table.items):3} items {len(table.rules):3} rules  {table.title}"
        for table in data_set.order
    ]
    return "\n".join(lines) + "\n"


def _one(data_set: DataSet, name: str) -> str:
    if name not in data_set.tables:
        raise SpecificationError(f"data_set.toml: tables: there is no table {name!r}")
    table = data_set.tables[name]
    lines = [f"{table.name}: {table.title}, {table.grain}"]
    lines += [
        f"{item.name:34} {item.mandation} {item.type:14} {item.format:26} {item.treatment.method}"
        for item in table.items.values()
    ]
    lines += [f"{rule.code} {rule.severity:14} {rule.message}" for rule in table.rules]
    return "\n".join(lines) + "\n"


def _diff(asked: argparse.Namespace) -> int:
    from portal.specification.handbook import differences  # noqa: PLC0415 only here

    older, newer = (load_data_set(_NAME, one) for one in (asked.older, asked.newer))
    for one in differences(older, newer):
        sys.stdout.write(f"{one.table:32} {one.what}\n")
    return 0


def _document(asked: argparse.Namespace) -> int:
    from portal.specification.document import page  # noqa: PLC0415 only here

    asked.into.mkdir(parents=True, exist_ok=True)
    older = None
    for version in versions(_NAME):
        data_set = load_data_set(_NAME, version)
        path = asked.into / f"data-set-{version}.md"
        path.write_text(page(data_set, older), encoding="utf-8")
        older = data_set
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
