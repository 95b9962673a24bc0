"""One large day from its upload to its counted measures, and what every process spent on the way.

    python benchmarks/whole_way.py [--contacts 5000000]

The product is booted as `start.py` boots it. A day of contacts with their persons, referrals and
services, two records in a hundred wrong, goes over the API as a zip; the clock stops when the
national instance has loaded, counted and acknowledged it. Then the rows are loaded once more by
hand, to tell loading from counting. Figures are seconds of processor time of all processes
together, PostgreSQL included, beside a process that does `polars.read_csv` of the same files.
Bars: loading >= 80,000 rows a second of one core; the whole way <= 12 x read_csv; no process over
1 GB.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from throughput import ROOT, running, send, set_up, wait, zipped

from portal.specification.reference import REFERENCE

TICK = os.sysconf("SC_CLK_TCK")
CODE = "Z9A"
LOADING = 80_000
WHOLE = 12.0
MEGABYTES = 1024
LOAD_AGAIN = """
import json, time, tempfile
from contextlib import suppress
from pathlib import Path
from django.db import connection
from portal.scope import provider_scope
from viewer import counting, receiving
from viewer.loading import Place
from viewer.models import Slot
class Undone(Exception):
    pass
def spent():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(times[11]) + int(times[12])) / TICK
with tempfile.TemporaryDirectory() as folder:
    begun = spent()
    path = receiving.fetch(receiving.open_handover(KEPT), TRANSFER, Path(folder))
    key = receiving.read_verify_key(Path(receiving.settings.AGEM_VERIFY_KEY_FILE))
    sealed = receiving.unseal(path, key)
    with suppress(Undone), provider_scope(sealed.origin.provider, using="default"):
        slot = Slot.objects.get(transfer=sealed.origin.transfer)
        emptied = Place(slot.provider, slot.period_end, slot.transfer, slot.transfer)
        for model in receiving.RECORD_MODELS.values():
            receiving.clear(model, emptied)
        cleared = spent()
        rows = receiving._replace(sealed, None)
        loaded = spent()
        counting.count(slot.provider, slot.period_end)
        counted = spent()
        raise Undone
print(json.dumps({"rows": rows, "unseal and load": loaded - cleared, "count": counted - loaded}))
"""


@dataclass
class Watch:
    """What each process of a tree has spent so far, and how much memory each ever held."""

    root: int
    spent: dict[tuple[int, str], float] = field(default_factory=dict)
    largest: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        """Note the processor time and memory of every process below the root."""
        for pid in _tree(self.root):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            name = _name(pid)
            self.spent[pid, stat[19]] = (int(stat[11]) + int(stat[12])) / TICK
            peak = next((one for one in status.splitlines() if one.startswith("RssAnon")), "x 0")
            self.largest[name] = max(self.largest[name], int(peak.split()[1]) // 1024)

    @property
    def total(self) -> float:
        """Seconds of processor time of all that was ever seen."""
        return sum(self.spent.values())


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, open_ends = [], [root]
    while open_ends:
        found += (children := parents.get(open_ends.pop(), []))
        open_ends += children
    return found


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "gone"
    if words.startswith("postgres"):
        return "a PostgreSQL process"
    return " ".join(Path(word).name for word in words.split()[:4])[:40]


@contextmanager
def watching(root: int) -> Iterator[Watch]:
    """Look at every process below the root ten times a second, until the block ends."""
    watch, over = Watch(root), threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            watch.look()

    watch.look()
    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def day_of(folder: Path, contacts: int) -> Path:
    """The files of the day, made as for the benchmark of validation."""
    script = ROOT / "benchmarks" / "validation_data.py"
    subprocess.run(
        [sys.executable, script, folder, str(contacts)],
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return folder


def read_cold(folder: Path) -> float:
    """Seconds of processor time of a process that reads the files and nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "import sys, polars; [polars.read_csv(p, infer_schema=False) for p in sys.argv[1:]]"
    paths = sorted(folder.glob("*.csv"))
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def across(state: Path, folder: Path) -> tuple[float, Watch]:
    """Send the day and wait until it stands; return the seconds spent by all processes."""
    keys = set_up(state)
    time.sleep(5)  # what the boot left to do
    with watching(os.getpid()) as watch:
        begun = watch.total
        references = send({CODE: zipped(folder)}, {CODE: keys[CODE]})
        ends = wait(state, references)
        watch.look()
        if ends != {"transferred": 1}:
            raise SystemExit(f"The day ended as {ends}.")
        return watch.total - begun, watch


def load_again(state: Path, kept: Path) -> dict[str, float]:
    """Seconds that unsealing and loading cost, and those that counting costs, of both sides."""
    (transfer,) = (path.name for path in (kept / "outgoing").iterdir())
    given = f"KEPT, TRANSFER, TICK = {kept.as_uri()!r}, {transfer!r}, {TICK}\n"
    words = ["--state", str(state), "manage", "national", "shell", "--no-imports", "--command"]
    done = subprocess.run(
        [sys.executable, "-m", "portal.embedded", *words, given + LOAD_AGAIN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def keeping(outgoing: Path, kept: Path) -> Iterator[None]:
    """Keep what is handed over while the block lasts: it is cleared once it is acknowledged."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(0.05):
            for seal in outgoing.glob("*/manifest.sig"):
                into = kept / "outgoing" / seal.parent.name
                if not into.exists():
                    shutil.copytree(seal.parent, into, copy_function=os.link)

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def report(
    contacts: int, reading: float, whole: float, watch: Watch, figures: dict[str, float]
) -> int:
    """Print the figures, and say which bars are missed."""
    rate = figures["rows"] / figures["unseal and load"]
    name, most = watch.largest.most_common(1)[0]
    print(f"{contacts:,} contacts, {figures['rows']:,} rows loaded; seconds of processor time")
    print(f"read_csv          {reading:>9.2f}")
    print(f"the whole way     {whole:>9.2f}   {whole / reading:.1f} x read_csv (bar {WHOLE:.0f})")
    for what in ("unseal and load", "count"):
        print(f"{what:<18}{figures[what]:>9.2f}")
    print(f"loading           {rate:>9,.0f} rows a second of one core (bar {LOADING:,})")
    print(f"largest process   {most:>9,} MB: {name} (bar {MEGABYTES:,})")
    kept = {"whole way": whole <= WHOLE * reading, "loading": rate >= LOADING}
    kept |= {"memory": most <= MEGABYTES}
    print(", ".join(f"{what} {'kept' if held else 'MISSED'}" for what, held in kept.items()))
    return int(not all(kept.values()))


def main() -> int:
    """Boot, make the day, send it, load it once more, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=5_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whole-way-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        state, kept = folder / "state", folder / "kept"
        day = day_of(folder / "day", options.contacts)
        with running(state, REFERENCE):
            with keeping(state / "handover" / "outgoing", kept):
                whole, watch = across(state, day)
            again = load_again(state, kept)
            reading = read_cold(day)
        return report(options.contacts, reading, whole, watch, again)


if __name__ == "__main__":
    sys.exit(main())
