# ruff: noqa: S607  uv is found on the path
"""The validation benchmark: the engine, its peers and the floor, interleaved, in own processes.

`just bench` (or `python benchmarks/validation.py`). The peers live in an environment of their own,
made with uv in `state/`; the product does not depend on them. Prints JSON lines and a table: CPU
seconds of the whole process, start-up included, and peak memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from validation_data import make

ROOT = Path(__file__).parent.parent
STATE = ROOT / "state"
PEERS = STATE / "peers"
PACKAGES = (
    "pandera[polars]==0.35.0",
    "dataframely==3.1.2",
    "great_expectations==1.24.1",
    "frictionless==5.21.0",
    "pydantic==2.14.3",
    "polars==2.1.0",
    "numpy",
)
# Slow peers judge a sample; their work (not their start-up) is scaled to the whole.
SAMPLES = {"pydantic": 100_000, "great-expectations": 50_000, "frictionless": 30_000}
FAST = ("floor", "engine", "pandera", "dataframely", "pandera-batches")
ONCE_ABOVE = 1_000_000
BARS = {
    "pandera": 1.5,
    "pandera-batches": 3.0,
    "dataframely": 1.8,
    "pydantic": 12.0,
    "great-expectations": 18.0,
    "frictionless": 25.0,
}
FLOOR_BAR = 2.2

Run = dict[str, float]
Line = Mapping[str, object]


def peers() -> Path:
    """The interpreter of the peers' environment, made if it is not there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        quiet = {**os.environ, "UV_SYSTEM_CERTS": "1"}
        made = ["uv", "venv", "-q", "--python", sys.executable, PEERS]
        subprocess.run(made, check=True, env=quiet)
        subprocess.run(
            ["uv", "pip", "install", "-q", "--python", python, *PACKAGES], check=True, env=quiet
        )
    return python


def files(contacts: int, *, every: bool = False) -> Path:
    """The files of the benchmark, made if they are not there."""
    folder = STATE / "bench" / f"{contacts}{'-all-wrong' if every else ''}"
    if not folder.exists():
        make(folder, contacts, every=every)
    return folder


def run(python: Path, name: str, folder: Path, rows: int | None = None) -> Run:
    """One run of one contender: CPU seconds of its process, and its peak memory in MiB."""
    if name == "floor":
        command = [python, ROOT / "benchmarks/validation_floor.py", folder]
    else:
        script = ROOT / "benchmarks/validation_contenders.py"
        command = [python, "-W", "ignore", script, name, folder, *([rows] if rows else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"}
    environment["TQDM_DISABLE"] = "1"
    begun = time.monotonic()
    child = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    told = (child.stdout.read() if child.stdout else "").strip().splitlines()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or not told:
        raise SystemExit(f"{name} failed with {child.returncode}")
    result = json.loads(told[-1])
    return {
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - begun,
        "mib": used.ru_maxrss / 1024,
        "work": result["work"],
        "findings": result["findings"],
    }


def rounds(python: Path, contacts: int, count: int, names: tuple[str, ...]) -> Iterator[Line]:
    """Every contender in turn, so that a busy minute falls on all of them."""
    folder = files(contacts)
    for turn in range(count):
        for name in names:
            rows = SAMPLES.get(name)
            if rows and turn:
                continue
            rows = min(rows, contacts) if rows else None
            found = run(python, name, folder, rows)
            start = found["cpu"] - found["work"]
            scaled = start + found["work"] * contacts / (rows or contacts)
            yield {"contacts": contacts, "contender": name, "sample": rows, **found, "cpu": scaled}


def table(lines: list[Line]) -> str:
    """The medians as a table in Markdown, with what is asked of the engine."""
    held: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for line in lines:
        held[int(str(line["contacts"])), str(line["contender"])].append(line)
    rows = [
        "| contacts | contender | CPU s | MiB | of the engine's CPU | asked | |",
        "|---|---|---|---|---|---|---|",
    ]
    for (contacts, name), each in held.items():
        cpu, mib = _median(each, "cpu"), _median(each, "mib")
        ours = _median(held[contacts, "engine"], "cpu")
        asked, kept = _asked(name, cpu, ours)
        note = f" (scaled from {each[0]['sample']:,} rows)" if each[0]["sample"] else ""
        figures = f"{cpu:.2f} | {mib:,.0f} | {cpu / ours:.2f}"
        rows.append(f"| {contacts:,} | {name}{note} | {figures} | {asked} | {kept} |")
    return "\n".join(rows)


def _median(lines: list[Line], key: str) -> float:
    """The median of one figure."""
    return statistics.median(float(str(line[key])) for line in lines)


def _asked(name: str, cpu: float, ours: float) -> tuple[str, str]:
    """What is asked of the engine beside this contender, and whether it is so."""
    if name == "floor":
        return f"engine at most {FLOOR_BAR} x", "yes" if ours <= FLOOR_BAR * cpu else "no"
    if name in BARS:
        return f"at least {BARS[name]} x", "yes" if cpu >= BARS[name] * ours else "no"
    return "", ""


def wrong(python: Path, contacts: int) -> Line:
    """Every record wrong, beside the usual two in a hundred."""
    usual = run(python, "engine", files(contacts))
    every = run(python, "engine", files(contacts, every=True))
    return {
        "contacts": contacts,
        "all_wrong_cpu_ratio": round(every["cpu"] / usual["cpu"], 2),
        "all_wrong_memory_ratio": round(every["mib"] / usual["mib"], 2),
    }


def warm(python: Path) -> Line:
    """A worker that is warm judges small files: CPU milliseconds, median of 20."""
    asked = [str(python), str(ROOT / "benchmarks/validation_warm.py")]
    folders = [str(files(count)) for count in (1_000, 10_000)]
    told = subprocess.run(
        [*asked, *folders],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"},
    )
    return dict(json.loads(told.stdout))


def main() -> None:
    """Run everything and print it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--contacts", type=int, nargs="+", default=[1_000_000, 5_000_000])
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", nargs="+", help="these contenders and no other")
    said = asked.parse_args()
    python, lines = peers(), []
    for contacts in said.contacts:
        slow = tuple(SAMPLES) if contacts <= ONCE_ABOVE else ()
        fast = FAST if contacts <= ONCE_ABOVE else FAST[:-1]
        for line in rounds(python, contacts, said.rounds, tuple(said.only or fast + slow)):
            lines.append(line)
            print(json.dumps(line), flush=True)
    for extra in (wrong(python, said.contacts[0]), warm(python)):
        print(json.dumps(extra), flush=True)
    print(table(lines))


if __name__ == "__main__":
    main()
