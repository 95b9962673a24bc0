"""Submit the days of fifty providers at once to the running product, and time them to the far end.

    python benchmarks/throughput.py [--patients 500] [--state DIR]

The product is booted as `start.py` boots it, with one worker a side. Every provider sends a
synthetic day over the API at the same moment; the clock stops when the national instance has
acknowledged the last. Then every day is looked for on both sides: it must be there once, row by
row. Prints the days a minute.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Barrier

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx
import psycopg
from psycopg import sql

from portal.embedded.databases import in_database
from portal.embedded.state import open_state
from portal.specification import load_data_set
from portal.specification.reference import REFERENCE
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files

ROOT = Path(__file__).resolve().parents[1]
AGEM, NATIONAL, UPLOADS = 8410, 8411, 8412
DAY = date(2024, 3, 5)
PATIENCE = 1800
KNOWN = [f"Z9{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1)]
CODES = [*KNOWN, *(code.replace("Z9", "Y9") for code in KNOWN)][:50]
SET_UP = """
import json
from portal.models import Agreement, Provider, User
from submissions.credentials import new_key
somebody, _ = User.objects.get_or_create(email="throughput@example.org")
keys = {}
for code in CODES:
    facts = {"name": f"Made-up provider {code}", "opted_in_on": "2023-10-01"}
    provider, _ = Provider.objects.get_or_create(code=code, defaults=facts)
    if not provider.has_agreed:
        Agreement.objects.create(provider=provider, accepted_by=somebody)
    keys[code] = new_key(code, by="benchmark")[1]
print(json.dumps(keys))
"""
ENDED = ("transferred", "rejected", "failed", "quarantined", "superseded", "withdrawn")


def main() -> int:
    """Boot, send, wait, count, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument(
        "--state", type=Path, help="keep the state here instead of throwing it away"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        state = options.state or folder / "state"
        days = synthetic_days(folder / "days", options.patients)
        with running(state, reference(folder / "reference")):
            keys = set_up(state)
            return measure(state, days, keys)


def measure(state: Path, days: Mapping[str, bytes], keys: Mapping[str, str]) -> int:
    """Send every day at once, wait for the last, and count what is on both sides."""
    load = os.getloadavg()[0]
    begun = time.monotonic()
    references = send(days, keys)
    taken = time.monotonic() - begun
    ends = wait(state, references)
    seconds = time.monotonic() - begun
    print(f"{len(references)} days sent and taken in within {taken:.1f} s; they ended as {ends}.")
    print(
        f"All are across after {seconds:.1f} s: {len(references) * 60 / seconds:.0f} days a minute"
        f" on {os.cpu_count()} cores (load before: {load:.1f})."
    )
    wrong = differences(state, references)
    print(wrong or "Each is there once: one transfer, one slot, every accepted row once.")
    return int(bool(wrong) or ends != {"transferred": len(days)})


def synthetic_days(folder: Path, patients: int) -> dict[str, bytes]:
    """The zip of each provider's day. A provider that is not made up yet borrows another's day."""
    data_set = load_data_set("community_pilot", "2.0")
    days = {}
    for seed, code in enumerate(CODES):
        known = code.replace("Y9", "Z9")
        into = folder / code
        into.mkdir(parents=True)
        synthesise_files(data_set, Wanted(known, DAY, patients, seed), 0, into)
        for path in into.glob("*.csv"):
            path.write_bytes(path.read_bytes().replace(known.encode(), code.encode()))
        days[code] = zipped(into)
    return days


def zipped(folder: Path) -> bytes:
    """The files of a folder as a zip."""
    package = folder.with_suffix(".zip")
    command = [sys.executable, "-m", "zipfile", "-c", package, *sorted(folder.glob("*.csv"))]
    subprocess.run(command, check=True)
    return package.read_bytes()


def reference(folder: Path) -> Path:
    """Reference data in which all the providers and their sites are known."""
    folder.mkdir()
    for path in REFERENCE.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        more = [line for line in text.splitlines() if re.match("Z9[A-Z]", line)]
        others = "".join(f"{line.replace('Z9', 'Y9')}\n" for line in more)
        (folder / path.name).write_text(text + others, encoding="utf-8")
    return folder


@contextmanager
def running(state: Path, reference: Path) -> Iterator[None]:
    """The whole product, from its first day on; stopped at the end."""
    ports = ["--agem-port", str(AGEM), "--national-port", str(NATIONAL)]
    ports += ["--upload-port", str(UPLOADS)]
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.embedded", "--state", state, "--patients", "50", *ports],
        cwd=ROOT,
        env=os.environ | {"REFERENCE_FOLDER": str(reference), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stdout or ():
            if "Everybody's password" in line:
                break
        else:
            raise SystemExit("The product did not start.")
        yield
    finally:
        process.terminate()
        process.wait()


def set_up(state: Path) -> dict[str, str]:
    """Make every provider and a key for it; return the keys."""
    code = f"CODES = {CODES!r}\n{SET_UP}"
    words = ["--state", state, "manage", "agem", "shell", "--no-imports", "--command", code]
    done = subprocess.run(
        [sys.executable, "-m", "portal.embedded", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    keys: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return keys


def send(days: Mapping[str, bytes], keys: Mapping[str, str]) -> list[str]:
    """Send all days at the same moment; return their references."""
    together = Barrier(len(days))

    def one(code: str) -> str:
        together.wait()
        answer = httpx.post(
            f"http://127.0.0.1:{UPLOADS}/api/v1/submissions?provider={code}",
            content=days[code],
            headers={"Authorization": f"Bearer {keys[code]}", "Content-Type": "application/zip"},
            timeout=600,
        )
        if not answer.is_success:
            raise SystemExit(f"{code} was refused: {answer.text}")
        return str(answer.json()["reference"])

    with ThreadPoolExecutor(len(days)) as senders:
        return list(senders.map(one, days))


def wait(state: Path, references: list[str]) -> dict[str, int]:
    """Wait until every submission has ended; return how many ended how."""
    deadline = time.monotonic() + PATIENCE
    with connected(state, "agem") as database:
        while time.monotonic() < deadline:
            asked = "SELECT state, count(*) FROM submissions_submission"
            found = database.execute(f"{asked} WHERE reference = ANY(%s) GROUP BY 1", [references])
            states = {str(name): int(number) for name, number in found}
            if set(states) <= set(ENDED):
                break
            time.sleep(0.5)
    return states


def differences(state: Path, references: list[str]) -> list[str]:
    """What is not there exactly once: transfers, slots, or rows of a table."""
    with connected(state, "agem") as agem, connected(state, "national") as national:
        sent = agem.execute(
            "SELECT transfer FROM submissions_transfer t JOIN submissions_submission s"
            " ON s.id = t.submission_id WHERE reference = ANY(%s)",
            [references],
        ).fetchall()
        transfers = [transfer for (transfer,) in sent]
        slots = national.execute(
            "SELECT count(*) FROM viewer_slot WHERE transfer = ANY(%s)", [transfers]
        ).fetchone()
        counts = {"transfers": len(transfers), "slots": slots[0] if slots else 0}
        wrong = [f"{what}: {n}" for what, n in counts.items() if n != len(references)]
        accepted = agem.execute(
            'SELECT "table", sum(accepted) FROM submissions_tablecount c'
            " JOIN submissions_submission s ON s.id = c.submission_id"
            " WHERE reference = ANY(%s) GROUP BY 1",
            [references],
        ).fetchall()
        for table, expected in accepted:
            rows = _rows(national, f"viewer_{table.lower()}", transfers)
            if rows is not None and rows != (expected, expected):
                wrong.append(f"{table}: {rows} of {expected}")
    return wrong


def _rows(national: psycopg.Connection, table: str, transfers: list[object]) -> object:
    """The rows of a record table and how many of them differ; none where there is no such table."""
    there = national.execute("SELECT to_regclass(%s)", [table]).fetchone()
    if there == (None,):
        return None
    return national.execute(
        sql.SQL(
            "SELECT count(*), count(DISTINCT (transfer, row)) FROM {} WHERE transfer = ANY(%s)"
        ).format(sql.Identifier(table)),
        [transfers],
    ).fetchone()


@contextmanager
def connected(state: Path, instance: str) -> Iterator[psycopg.Connection]:
    """A connection to an instance's database, as the one who may see everything."""
    url = in_database(open_state(state).cluster.admin_url, instance)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


if __name__ == "__main__":
    sys.exit(main())
