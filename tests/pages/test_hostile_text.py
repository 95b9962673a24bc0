"""No text of a sender, and none that a person typed, is anything but text on any page."""

import json
import re
from dataclasses import asdict, replace
from datetime import date
from html import unescape

import pytest
from django.core.cache import cache
from django.template import engines
from django.utils import timezone

from portal.models import AccessRequest, Banner, CalendarException
from portal.quality_reports import Common, Fault, Reconciled
from portal.scope import provider_scope
from portal.specification import load_data_set
from submissions.credentials import Terms, new_key
from submissions.expectations import declare_nil
from submissions.explanations import Words, explain
from submissions.findings import shape
from submissions.models import StoredFile
from submissions.packages import examine_files
from submissions.reading import UnreadableFile
from submissions.sources import from_bytes, from_path
from submissions.validation import judge
from tests.pages.conftest import keep_file, spoil
from tests.pages.planting import TEXTS, shown, wounds
from tests.people import make_person
from tests.viewer.conftest import ticket  # noqa: F401 - the national pages need one
from viewer.models import Report

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
BEYOND = ("/accounts/", "/static/", "/admin/", "/specification/", "/metrics", "/api/")
MOST_PAGES = 90
EVERY_TEXT = [TEXTS[0], *(pytest.param(text, marks=pytest.mark.long) for text in TEXTS[1:])]
AGEM_ROLES = (
    "submitter",
    "provider_approver",
    "collection_operator",
    "auditor",
    "administrator",
)


def crawl(client, start="/"):
    """Read every page that links lead to; return what is wrong with them and all they show."""
    queue, seen, faults, texts = [start], set(), {}, []
    while queue and len(seen) < MOST_PAGES:
        path = queue.pop(0)
        if path in seen or path.startswith(BEYOND):
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            queue += [answer["Location"]] if answer.has_header("Location") else []
            continue
        page = answer.content.decode()
        if wounds(page):
            faults[path] = wounds(page)
        texts.append(shown(page))
        queue += [unescape(link) for link in LINK.findall(page)]
    return faults, "\n".join(texts)


def judged_with(folder, judging, text, into):
    """The verdict on a day in which a text stands in cells that are shown and in others."""
    for table, item in (("CYP201CareContact", "ConsMechanism"), ("CYP001MPI", "Postcode")):
        spoil(folder / f"{table}.csv", item, "cell " + text, 3)
    sources = {path.stem: from_path(path) for path in folder.glob("*.csv")}
    into.mkdir()
    return judge(sources, load_data_set("community_pilot", "2.0"), judging, findings=into)


def told_at_the_door(folder, text):
    """The faults of a file with a text as its name and in its heading."""
    heads = (folder / "CYP101Referral.csv").read_bytes()
    wrong = heads.replace(b"SourceOfReferral", f'"{text.replace(chr(34), "")}"'.encode(), 1)
    sources = [from_path(folder / "CYP000Header.csv"), from_bytes("CYP101Referral.csv", wrong)]
    with pytest.raises(UnreadableFile) as told:
        examine_files([*sources, from_bytes(f"{text} in a file name.csv", b"A\n1\n")])
    return told.value.faults


def hostile(report, text):
    """A report of which every sentence and value is a text."""
    rules = tuple(
        replace(
            rule,
            message=f"{text} in a message",
            fix=f"{text} in a fix",
            commonest=(Common(f"{text} in a value", 3),),
        )
        for rule in report.rules
    )
    key = (("ServiceLine", f"{text} in a key"),)
    reconciled = (Reconciled("CP1", "COM801", key, 1, 2, within=False),)
    unchecked = tuple(
        replace(one, because=f"{text} in a reason not to check") for one in report.not_checked
    )
    return replace(report, rules=rules, reconciliation=reconciled, not_checked=unchecked)


@pytest.fixture
def plant(agem, provider, make_submission, spoilt_day, judging, tmp_path):
    """Put a text wherever a sender or a person can; return a person of each role."""

    def everywhere(text):
        provider.name = f"{text} in a provider"
        provider.save()
        people = {
            role: make_person(
                role,
                provider if role in ("submitter", "provider_approver") else None,
                name=f"{text} in a person",
            )
            for role in AGEM_ROLES
        }
        by = f"person:{people['submitter'].pk}"
        verdict = judged_with(spoilt_day, judging, text, tmp_path / "findings")
        real = make_submission(provider, "transferred", verdict.report, by=by)
        for path in verdict.rows.values():
            keep_file(real, StoredFile.Kind.FINDINGS, path.name, path.read_bytes())
        keep_file(real, StoredFile.Kind.SENT, f"{text} as a sent file.csv", b"")
        real.moves.create(before="", to="received", by=by, because=f"{text} in a move")
        make_submission(provider, "rejected", hostile(verdict.report, text), by=by)
        faults = [
            *told_at_the_door(spoilt_day, text),
            Fault("B", f"{text} in a fault", 1, 1, None, f"{text} in a sentence", text),
        ]
        told = [asdict(fault) for fault in faults]
        make_submission(provider, "refused", faults=told, fault_count=len(told), by=by)
        warning = next(rule for rule in verdict.report.rules if rule.severity == "warning")
        explain(
            provider,
            warning,
            Words(f"{text} in an explanation", warning.count, timezone.localdate()),
            by=by,
        )
        new_key(provider.code, by=by, terms=Terms(name=f"{text} in a key name"))
        declare_nil(provider, date(2024, 3, 9), by=by, because=f"{text} in a nil return")
        AccessRequest.objects.create(
            person=make_person(name=f"{text} in a stranger"),
            role="submitter",
            provider=provider,
            reason=f"{text} in a request",
        )
        Banner.objects.create(text=f"{text} in a banner")
        CalendarException.objects.create(day=date(2024, 3, 10), reason=f"{text} in an exception")
        cache.delete("banners")
        return people

    yield everywhere
    cache.delete("banners")


PLACES = (
    "in a provider",
    "in a person",
    "in a file name",
    "in a move",
    "in a message",
    "in a fix",
    "in a value",
    "in a key",
    "in a reason not to check",
    "in a fault",
    "in a sentence",
    "in an explanation",
    "in a key name",
    "in a request",
    "in a banner",
)


@pytest.mark.parametrize("text", EVERY_TEXT)
def test_every_page_of_the_agem_instance_shows_text_as_text(plant, client, text):
    people, read, faults = plant(text), "", {}
    for role, person in people.items():
        client.force_login(person)
        wrong, texts = crawl(client)
        faults |= {f"{role}: {path}": found for path, found in wrong.items()}
        read += texts

    assert faults == {}
    assert [place for place in PLACES if place not in read] == []
    assert shape("cell " + text) in read


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("text", EVERY_TEXT)
def test_every_page_of_the_national_instance_shows_text_as_text(
    national, provider, client, judged, text
):
    provider.name = f"{text} in a provider"
    provider.save()
    with provider_scope(provider.code, using="default"):
        Report.objects.create(
            provider=provider.code,
            transfer="00000000-0000-4000-8000-000000000001",
            reference="S-MADEUP",
            period_start=date(2024, 3, 5),
            period_end=date(2024, 3, 5),
            outcome="rejected",
            received_at=timezone.now(),
            content=json.loads(hostile(judged, text).to_json()),
        )
    Banner.objects.create(text=f"{text} in a banner")
    cache.delete("banners")
    read, faults = "", {}
    for role in ("aggregate_viewer", "provider_approver", "national_analyst"):
        at = None if role == "national_analyst" else provider
        client.force_login(make_person(role, at, name=f"{text} in a person"))
        wrong, texts = crawl(client)
        faults |= {f"{role}: {path}": found for path, found in wrong.items()}
        read += texts
    cache.delete("banners")

    assert faults == {}
    for place in ("provider", "banner", "person", "message", "value", "key", "fix"):
        assert f"in a {place}" in read


@pytest.mark.parametrize("text", TEXTS[:2] + TEXTS[3:4])
def test_a_template_that_forgot_to_escape_would_be_found(text):
    forgetful = engines["jinja2"].from_string("<p title='x'>{{ text | safe }}</p>")

    assert wounds(forgetful.render({"text": text})) != []


def test_a_template_made_of_a_text_would_be_found():
    made = engines["jinja2"].from_string(f"<p>{TEXTS[2]}</p>".replace("7*7", "49"))

    assert wounds(made.render({})) == ["a template ran"]


def test_characters_that_nobody_sees_would_be_found():
    assert wounds(f"<p>{TEXTS[4]}</p>") != []


@pytest.mark.browser
def test_nothing_planted_runs_in_a_browser(plant, window, provider):
    people = plant(TEXTS[0])
    seen = window(people["submitter"])
    ran = []
    seen.page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    seen.page.add_init_script("window.planted = () => alert('planted')")
    places = [""]
    for one in provider.submissions.all():
        places += [f"submissions/{one.reference}/", f"submissions/{one.reference}/report/"]
        places += [f"submissions/{one.reference}/rows/"]

    for place in [*places, "submissions/", "submit/", "api/", "api/keys/", "quality/"]:
        seen.open(f"/providers/{provider.code}/{place}")

    assert ran == []
    assert seen.complaints == []
