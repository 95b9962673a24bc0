import json
import logging
import sys

from portal.logs import Formatter, current_request, following

SECRET = "943 476 5919"


def line(name="portal.requests", words="answered", *args, error=None, **facts):
    record = logging.getLogger(name).makeRecord(
        name, logging.INFO, __file__, 1, words, args, error, extra=facts
    )
    return json.loads(Formatter().format(record))


def test_a_line_is_json_with_time_level_logger_words_and_the_facts_allowed():
    told = line(page="portal:home", status=200)

    assert told.pop("at").endswith("Z")
    assert told == {
        "event": "answered",
        "level": "info",
        "logger": "portal.requests",
        "page": "portal:home",
        "status": 200,
    }


def test_lines_of_work_carry_the_request_it_follows_and_no_other_after_it():
    with following("0b5ce1de", submission="7"):
        told = line()
        assert current_request() == "0b5ce1de"

    assert (told["request_id"], told["submission"]) == ("0b5ce1de", "7")
    assert "request_id" not in line()
    assert current_request() == ""


def test_a_fact_that_is_not_allowed_is_left_out():
    assert SECRET not in str(line(person=SECRET, request=SECRET))


def test_what_a_library_fills_into_its_words_is_left_out():
    told = line("django.request", "Internal Server Error: %s", f"/person/{SECRET}/")

    assert told["event"] == "Internal Server Error: %s"


def test_an_error_is_told_by_its_kind_and_places_and_never_by_what_it_said():
    try:
        int(SECRET)
    except ValueError:
        told = line("celery.app.trace", "Task raised: %(exc)s", error=sys.exc_info())

    assert told["fault"] == "builtins.ValueError"
    assert __file__ in told["through"][0]
    assert SECRET not in str(told)


def test_every_handler_writes_its_lines_in_this_way(settings):
    written = {one["formatter"] for one in settings.LOGGING["handlers"].values()}

    assert [settings.LOGGING["formatters"][name]["()"] for name in written] == [
        "portal.logs.Formatter"
    ]
