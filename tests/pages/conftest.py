"""Submissions as the pages show them: with their moves, their reports and their faults."""

import shutil
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from portal.quality_reports import Fault, QualityReport
from portal.specification import load_data_set
from portal.specification.__main__ import main
from submissions.landing import current_store
from submissions.models import ItemScore, Move, RuleCount, StoredFile, Submission, TableCount
from submissions.sources import from_path
from submissions.store import associate, keep
from submissions.validation import Context, judge

DAY = date(2024, 3, 5)
WAYS = {
    "received": ["receiving", "received"],
    "checking": ["receiving", "received", "checking"],
    "rejected": ["receiving", "received", "checking", "rejected"],
    "accepted": ["receiving", "received", "checking", "accepted"],
    "transferred": [
        "receiving",
        "received",
        "checking",
        "accepted",
        "pseudonymising",
        "transferring",
        "transferred",
    ],
    "refused": ["receiving", "refused"],
    "failed": ["receiving", "received", "checking", "failed"],
}


SPOILT = (
    ("CYP101Referral", "SourceOfReferral", "Z9", 6),
    ("CYP001MPI", "NHSNumber", "9999999990", 12),
    ("CYP001MPI", "Postcode", "<b>XX</b>", 20),
    ("CYP201CareContact", "ConsMechanism", "=1+1", 4),
)


@pytest.fixture(scope="session")
def one_day(tmp_path_factory):
    """A small made-up day with wrong values in several tables."""
    folder = tmp_path_factory.mktemp("day")
    synthesise_day(folder)
    for table, item, wrong, every in SPOILT:
        spoil(folder / f"{table}.csv", item, wrong, every)
    return folder


@pytest.fixture
def spoilt_day(one_day, tmp_path):
    """A copy of the day, to be spoilt further."""
    return Path(shutil.copytree(one_day, tmp_path / "day"))


@pytest.fixture(scope="session")
def judging():
    """What the day is held against."""
    return Context(
        provider="Z9A",
        authorised_providers=frozenset({"Z9A"}),
        submitter="Z9A",
        received_at=datetime(2024, 3, 6, 6, 14, tzinfo=UTC),
        versions_in_force=frozenset({"1.0", "2.0"}),
        production=False,
    )


@pytest.fixture(scope="session")
def verdict(one_day, judging, tmp_path_factory):
    """The verdict on the day, with the files of its findings."""
    sources = {path.stem: from_path(path) for path in one_day.glob("*.csv")}
    folder = tmp_path_factory.mktemp("findings")
    return judge(sources, load_data_set("community_pilot", "2.0"), judging, findings=folder)


@pytest.fixture(scope="session")
def judged(verdict):
    """A real report."""
    return verdict.report


def synthesise_day(folder):
    asked = "synthesise --version 2.0 --provider Z9A --patients 60"
    main([*asked.split(), "--date", DAY.isoformat(), "--into", str(folder)])


def spoil(path, item, wrong, every):
    head, *rows = path.read_text().splitlines()
    place = head.split(",").index(item)
    for number in range(2, len(rows), every):
        cells = rows[number].split(",")
        cells[place] = '"' + wrong.replace('"', '""') + '"'
        rows[number] = ",".join(cells)
    path.write_text("\n".join([head, *rows]) + "\n")


@pytest.fixture
def make_submission(db):
    """Make a submission that has come as far as a state, with its report if there is one."""

    def make(provider, state, report=None, *, day=DAY, started=None, **more):
        started = started or timezone.now() - timedelta(minutes=4)
        came = state not in ("receiving", "refused")
        values = {
            "period_start": day if came else None,
            "period_end": day if came else None,
            "version": "2.0" if came else "",
            "records": report.records if report else 1_204_318 if came else 0,
            "outcome": report.outcome if report else "",
            "score": report.score if report else None,
            "sha256": "9f3c" * 16,
            "bytes": 327_155_712,
            "received_at": started + timedelta(seconds=4),
            "via": "page",
            **more,
        }
        submission = Submission.objects.create(
            provider=provider,
            submitter=provider.code,
            by=values.pop("by", "credential:z9a-nightly"),
            data_set="community_pilot",
            state=state,
            **values,
        )
        Submission.objects.filter(pk=submission.pk).update(started_at=started)
        _move(submission, state, started)
        if report:
            _keep_report(submission, report)
        submission.refresh_from_db()
        return submission

    return make


def _move(submission, state, started):
    before = ""
    for number, to in enumerate(WAYS.get(state, [state])):
        step = Move.objects.create(submission=submission, before=before, to=to, by=submission.by)
        Move.objects.filter(pk=step.pk).update(at=started + timedelta(seconds=4 * number))
        before = to


def keep_file(submission, kind, name, data):
    stored = keep(
        current_store(),
        f"{submission.id}/{name}",
        associate(submission.id, submission.provider_id),
        [data],
    )
    StoredFile.objects.create(
        submission=submission,
        kind=kind,
        name=name,
        place=stored.name,
        wrapped_key=stored.wrapped_key,
        sha256=stored.sha256,
        bytes=stored.size,
    )


def _keep_report(submission, report: QualityReport):
    keep_file(submission, StoredFile.Kind.REPORT, "report.json", report.to_json().encode())
    TableCount.objects.bulk_create(
        TableCount(
            submission=submission,
            table=table.table,
            **{
                name: getattr(table, name)
                for name in ("received", "accepted", "rejected", "cascaded", "warned")
            },
        )
        for table in report.tables
    )
    RuleCount.objects.bulk_create(
        RuleCount(
            submission=submission,
            table=rule.table,
            rule=rule.code,
            item=rule.item or "",
            severity=rule.severity,
            count=rule.count,
        )
        for rule in report.rules
    )

    ItemScore.objects.bulk_create(
        ItemScore(submission=submission, table=item.table, item=item.item, score=item.score)
        for item in report.items
        if item.scored
    )


@pytest.fixture
def with_rows(verdict):
    """Keep the rows with findings of the made-up day for a submission."""

    def keep_rows(submission):
        for path in verdict.rows.values():
            keep_file(submission, StoredFile.Kind.FINDINGS, path.name, path.read_bytes())
        return submission

    return keep_rows


@pytest.fixture
def faults():
    """What the door says of a wrong file."""
    return [
        asdict(
            Fault(
                "B-NAME",
                "CYP101Referral.csv",
                1,
                4,
                None,
                "The heading “SourceOfReferal” is not known.",
                "Did you mean SourceOfReferral?",
            )
        ),
        asdict(
            Fault(
                "B-FIELDS",
                "<img src=x>.csv",
                18,
                None,
                2044,
                "This line has 11 values; its heading has 12.",
                "Look for a missing comma or a line break inside a value.",
            )
        ),
    ]


@pytest.fixture
def clean(judged):
    """The report of a submission without a finding."""
    tables = tuple(
        replace(table, accepted=table.received, rejected=0, cascaded=0, warned=0)
        for table in judged.tables
    )
    return replace(judged, outcome="accepted", rules=(), tables=tables, not_checked=())


@pytest.fixture
def rejected(judged):
    """The report of a submission that was rejected."""
    return replace(judged, outcome="rejected")


@pytest.fixture
def progress(judged):
    """What the checks tell while they run."""
    broken = [(one.table, one.code, one.item or "", one.severity) for one in judged.rules]
    return {
        "rows": {"CYP001MPI": 300_000, "CYP101Referral": 441_376},
        "errors": 1_902,
        "warnings": 12_077,
        "broken": len(broken),
        "rules": [
            [*one, count] for one, count in zip(broken[:3], (12_077, 1_611, 291), strict=True)
        ],
    }


@pytest.fixture
def as_submitter(agem, provider, somebody, client):
    """A browser without scripts, in which a submitter is signed in."""
    client.force_login(somebody("submitter", provider, name="Priya Shah"))
    return client


def read(client, path, status=200):
    """The text of a page that answers as it should."""
    answer = client.get(path)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()
