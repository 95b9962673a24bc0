"""From the sent files to the figures, the whole way, against a plain recount of the same files."""

import random
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from portal.manifests import Origin, TransferKind, transfer_id
from portal.scope import provider_scope
from portal.specification import load_data_set, version_in_force
from portal.specification.reference import organisations, postcodes
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.expecting import Found, rejects
from portal.specification.synthesis.files import synthesise_files
from pseudonymisation.sending import Sending, send, send_withdrawal
from submissions.reading import frames
from submissions.sources import from_path
from submissions.validation import Context, Outcome, judge
from tests.viewer.recounting import recount
from tests.viewer.standing_rows import Sent, read_sent
from viewer.models import MeasureCount
from viewer.receiving import receive_due

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
NAME = "community_pilot"
LAST_DAY = date(2024, 3, 10)  # version 2.0 comes into force on the first of the month
OPEN = {row["code"]: (date.fromisoformat(row["open_from"]), None) for row in organisations()}
SITES = {row["code"]: OPEN[row["code"]] for row in organisations() if row["kind"] == "site"}
POSTCODES = frozenset(row["postcode"] for row in postcodes())


@dataclass(frozen=True)
class Step:
    """A submission to be made, or with no patients the withdrawal of the day before it."""

    day: date
    received: datetime
    slot_version: int
    patients: int


def plan(chance, days, patients):
    """The submissions of consecutive days by receipt: some late, some again, one withdrawn."""
    steps = []
    for back in range(days):
        day = LAST_DAY - timedelta(days=back)
        late = chance.choice([1, 1, 1, 1, 1, 2, 5, 12])
        times = [late, *([late + chance.randint(1, 9)] if chance.random() < 0.25 else [])]
        steps += [(day, wait, patients - place) for place, wait in enumerate(times)]
    withdrawn = chance.choice(steps[1:])[0]
    steps.append((withdrawn, 30, 0))
    versions, made = Counter(), []
    for day, wait, size in sorted(steps, key=lambda step: step[0] + timedelta(days=step[1])):
        versions[day] += 1
        received = datetime.combine(day + timedelta(days=wait), time(7, versions[day]), UTC)
        made.append(Step(day, received, versions[day], size))
    return made


def arrivals(chance, steps):
    """The same in another order: some transfers are held up on their way."""
    held = [chance.choice([0, 0, 0, 0, 3, 9]) for _ in steps]
    return [step for _, step in sorted(enumerate(steps), key=lambda one: one[0] + held[one[0]])]


def hand_over(provider, step, seed, folder):
    """Make up a day, judge it, pseudonymise it, seal it and hand it over; return what was sent."""
    data_set = load_data_set(NAME, version_in_force(NAME, step.day))
    if not step.patients:
        send_withdrawal(sending(provider, step, data_set, folder, {}, None))
        return Sent(step.day, step.received, data_set.version, {}, withdrawn=True)
    wanted = Wanted(provider, step.day, step.patients, seed)
    synthesise_files(data_set, wanted, 0.1 * step.slot_version, folder)
    sources = {
        table.name: from_path(folder / table.file_name)
        for table in data_set.order
        if (folder / table.file_name).exists()
    }
    verdict = judge(sources, data_set, context(provider, step))
    assert verdict.outcome is not Outcome.REJECTED
    header, _ = next(frames(sources[data_set.header.name], data_set.header, data_set.limits))
    tables = (
        (name, [kept(source, data_set.tables[name], verdict.accepted[name])])
        for name, source in sources.items()
    )
    report = verdict.report.to_json().encode()
    send(sending(provider, step, data_set, folder, header.row(0, named=True), report), tables)

    def is_rejected(table, code):
        return rejects(data_set, Found(table, 0, "", code))

    rows = read_sent(folder, is_rejected)
    return Sent(step.day, step.received, data_set.version, rows, verdict.report.score)


def kept(source, table, mask):
    """The accepted records of a small file."""
    ((frame, _),) = frames(source, table, load_data_set(NAME, "2.0").limits)
    return frame.filter(mask)


def context(provider, step):
    return Context(
        provider=provider,
        authorised_providers=frozenset({provider}),
        submitter=provider,
        received_at=step.received,
        organisations=OPEN,
        sites=SITES,
        postcodes=POSTCODES,
        production=False,
    )


def sending(provider, step, data_set, folder, header, report):
    kind = TransferKind.RECORDS if step.patients else TransferKind.WITHDRAWAL
    submission = uuid.uuid4()
    origin = Origin(
        transfer=transfer_id(submission, kind, step.slot_version, 1),
        kind=kind,
        submission=submission,
        reference="S-MADEUP",
        provider=provider,
        period_start=step.day,
        period_end=step.day,
        data_set=NAME,
        version=data_set.version,
        slot_version=step.slot_version,
        key_epoch=1,
        received_at=step.received,
        outcome="accepted",
    )
    return Sending(
        origin=origin,
        header=header,
        report=report,
        work=folder / "work",
        keys_url=settings.PSEUDONYM_KEYS_URL,
        signing_key=Path(settings.SIGNING_KEY_FILE),
        handover_url=settings.HANDOVER_URL,
    )


def stored(provider):
    """Every figure of a provider that the other side holds."""
    with provider_scope(provider):
        rows = MeasureCount.objects.using("records").all()
        return {
            (row.measure, row.split, row.day, row.code, row.service_line): row.value for row in rows
        }


def without_names(figures):
    """The same, with only the sorted figures of what has a pseudonym on the other side."""
    named, wards = {}, defaultdict(list)
    for (measure, split, *rest), value in figures.items():
        if split == "WardCode":
            wards[measure, split, rest[0]].append(value)
        else:
            named[measure, split, *rest] = value
    return named | {place: sorted(values) for place, values in wards.items()}


def assert_equal_figures(tmp_path, provider, days, patients, seed):
    chance = random.Random(seed)  # noqa: S311 - made-up days
    steps = plan(chance, days, patients)
    sent = {}
    for place, step in enumerate(arrivals(chance, steps)):
        folder = tmp_path / f"{provider}-{place}"
        folder.mkdir()
        sent[step] = hand_over(provider, step, seed, folder)
        assert receive_due() == 1

    wanted = without_names(recount([sent[step] for step in steps]))
    held = without_names(stored(provider))
    differing = {
        place: (wanted.get(place), held.get(place))
        for place in wanted.keys() | held.keys()
        if wanted.get(place) != held.get(place)
    }
    assert not differing
    return {measure for measure, *_ in held}


def test_every_figure_of_a_provider_equals_a_recount_of_its_files(handover, tmp_path):
    measures = assert_equal_figures(tmp_path, "Z9A", days=13, patients=60, seed=1)

    assert "discharge_counts" in measures


@pytest.mark.long
@pytest.mark.parametrize("provider", ["Z9A", "Z9B", "Z9C", "Z9D", "Z9E"])
def test_every_figure_of_sixty_days_equals_a_recount_of_the_files(handover, tmp_path, provider):
    assert assert_equal_figures(tmp_path, provider, days=60, patients=60, seed=ord(provider[-1]))
