import logging

import pytest
from django.urls import reverse

from portal.middleware import see_past_proxies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


def test_metrics_are_there_for_the_monitoring_alone(client, settings):
    settings.METRICS_TOKEN = "the monitoring's own token"

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    known = {"authorization": f"Bearer {settings.METRICS_TOKEN}"}
    answer = client.get("/metrics", headers=known)
    assert b"django_http_requests_total_by_method_total" in answer.content


def test_without_a_token_there_are_no_metrics(client):
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_a_log_line_carries_the_id_and_the_page_but_not_the_address(client, provider, caplog):
    caplog.set_level(logging.INFO, "portal.requests")

    answer = client.get(reverse("portal:access_log", kwargs={"code": "Z9A"}))

    heard = [record for record in caplog.records if record.name == "portal.requests"]
    assert (heard[-1].page, heard[-1].status) == ("portal:access_log", 302)
    assert "/providers/" not in str(heard[-1].__dict__)
    assert answer["X-Request-ID"]


def test_a_request_id_from_outside_is_kept_if_it_is_plain(client):
    given = "0b5ce1de-0000-4000-8000-000000000001"

    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] == given
    forged = client.get("/healthz", headers={"x-request-id": "x\tSELECT"})
    assert forged["X-Request-ID"] != "x\tSELECT"


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.7"), (2, "198.51.100.1")]
)
def test_the_address_is_the_clients_and_not_what_a_client_claims(rf, settings, proxies, seen):
    settings.PROXIES = proxies
    request = rf.get("/", headers={"x-forwarded-for": "1.1.1.1, 198.51.100.1, 203.0.113.7"})

    see_past_proxies(lambda _: None)(request)

    assert request.META["REMOTE_ADDR"] == seen
