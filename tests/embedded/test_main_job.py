from datetime import date
from pathlib import Path

from portal.embedded import main_job
from portal.embedded.main_job import Journey, Wanted, days, travel

JOURNEYS = [Journey(provider, "", "", "", "", "") for provider in ("Z9A", "Z9B")]


def test_days_follow_one_another_and_end_with_the_last():
    assert days(1) == (main_job.LAST_DAY,)
    assert days(6)[0] == date(2024, 2, 29)
    assert list(days(6)) == sorted(days(6))


def test_many_days_are_sent_oldest_first_with_few_under_way(monkeypatch):
    sent, ended, most = [], [], []

    def send(journey, day, wanted):
        sent.append((day, journey.provider))
        most.append(len(sent) - len(ended))
        return f"{journey.provider} {day}"

    monkeypatch.setattr(main_job, "_send", send)
    monkeypatch.setattr(main_job, "_until_transferred", lambda _, named: ended.append(named))
    monkeypatch.setattr(main_job, "_until_seen", lambda journey: ended.append(journey.provider))

    travel(JOURNEYS, Wanted(days(70), 10, 0.0))

    assert sent == sorted(sent)
    assert len(sent) == 140
    assert max(most) <= 16
    assert ended[-2:] == ["Z9A", "Z9B"]


def test_each_day_is_made_in_the_version_in_force(monkeypatch, tmp_path):
    words = []

    def made(command, **_):
        words.append(command)
        Path(tmp_path, "day.zip").write_bytes(b"")

    monkeypatch.setattr(main_job.subprocess, "run", made)
    for day in (date(2024, 2, 29), date(2024, 3, 1)):
        main_job._synthesise(JOURNEYS[0], day, Wanted((day,), 10, 0.0), tmp_path)

    assert ["--version=1.0" in words[0], "--version=2.0" in words[1]] == [True, True]
