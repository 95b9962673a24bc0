"""How long the report of a million rows with 500,000 findings takes to open, and a page of rows.

    python -m pytest benchmarks/rows_with_errors.py -s -o filterwarnings=

The files are made up, spoilt, judged and kept as by the worker; then every part of the report and
pages of its rows are asked for as a signed-in submitter, through all of Django, and the whole time
of the request is printed beside the processor's. Bars: the report 300 ms, a page of rows 500 ms.
"""

import statistics
import time
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from benchmarks import validation_data as made_up
from portal.specification import load_data_set
from submissions.models import StoredFile
from submissions.sources import from_path
from submissions.validation import Context, judge
from tests.pages.conftest import keep_file

pytest_plugins = ["tests.people", "tests.pages.conftest"]
pytestmark = pytest.mark.django_db

RECORDS, TABLE = 1_000_000, "CYP201CareContact"
WRONG = {"AttendanceStatus": 0.3, "ConsMechanism": 0.15, "Consultation_Type": 0.05}
REPORT_BAR, ROWS_BAR, TIMES = 300, 500, 9


@pytest.fixture
def agem(settings):
    """The instance that receives identifiable data."""
    settings.PORTAL_INSTANCE, settings.ROOT_URLCONF = "agem", "portal.urls.agem"


@pytest.fixture
def place(provider, make_submission, tmp_path):
    """Where the pages of a spoilt day are."""
    made_up.make(tmp_path / "day", RECORDS)
    spoil(tmp_path / "day" / f"{TABLE}.csv")
    sources = {path.stem: from_path(path) for path in (tmp_path / "day").glob("*.csv")}
    context = Context(
        provider=made_up.PROVIDER,
        authorised_providers=frozenset({made_up.PROVIDER}),
        submitter=made_up.PROVIDER,
        received_at=datetime(2024, 4, 16, 6, tzinfo=UTC),
        versions_in_force=None,
    )
    (tmp_path / "findings").mkdir()
    start = time.process_time()
    verdict = judge(
        sources, load_data_set("community_pilot", "2.0"), context, findings=tmp_path / "findings"
    )
    found = sum(rule.count for rule in verdict.report.rules)
    print(f"\n{verdict.report.records:,} rows, {found:,} findings of {len(verdict.report.rules)}")
    print(f"judged in {time.process_time() - start:.1f} s of processor time")
    made = make_submission(provider, "rejected", verdict.report)
    for path in verdict.rows.values():
        keep_file(made, StoredFile.Kind.FINDINGS, path.name, path.read_bytes())
        print(f"{path.name}: {path.stat().st_size / 2**20:.0f} MB")
    return f"/providers/{provider.code}/submissions/{made.reference}/"


def spoil(path):
    """Write codes that no value set has into some of the rows."""
    frame, chance = pl.read_csv(path, infer_schema=False), np.random.default_rng(1)
    items = load_data_set("community_pilot", "2.0").tables[TABLE].items
    for item, share in WRONG.items():
        wrong = pl.Series(chance.random(frame.height) < share)
        codes = pl.Series([letter * items[item].max_length for letter in "QWY"])
        value = codes.gather(chance.integers(0, 3, frame.height))
        frame = frame.with_columns(pl.when(wrong).then(value).otherwise(item).alias(item))
    frame.write_csv(path)


def test_report_and_rows_open_in_time(agem, place, somebody, provider, client):
    client.force_login(somebody("submitter", provider))
    asked = [
        ("report/", REPORT_BAR),
        ("report/rules/", REPORT_BAR),
        ("report/tables/", REPORT_BAR),
        ("report/items/", REPORT_BAR),
        ("compare/", REPORT_BAR),
        (f"rows/{TABLE}/", ROWS_BAR),
        (f"rows/{TABLE}/?page=3000", ROWS_BAR),
        (f"rows/{TABLE}/?page=999999", ROWS_BAR),
        (f"rows/{TABLE}/?item=AttendanceStatus&page=2000", ROWS_BAR),
        (f"rows/{TABLE}/?item=AttendanceStatus&value=W&page=1000", ROWS_BAR),
    ]
    late = [path for path, bar in asked if measure(client, place, path) > bar]
    assert not late


def measure(client, place, path):
    """Print the whole and the processor's time of a request, in milliseconds; return the whole."""
    whole, processor = [], []
    for _ in range(TIMES):
        start, busy = time.perf_counter(), time.process_time()
        answer = client.get(place + path)
        assert answer.status_code == 200, answer.status_code
        whole.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - busy))
    median, slowest = statistics.median(whole), max(whole[1:])
    print(f"{path:52} {median:6.0f} ms, at most {slowest:.0f}; processor", end=" ")
    print(f"{statistics.median(processor):.0f} ms; first {whole[0]:.0f} ms", end="; ")
    print(f"{len(answer.content):,} bytes")
    return median
