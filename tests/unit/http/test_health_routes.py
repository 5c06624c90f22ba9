"""The function `health` over fakes."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.errors import UpstreamUnavailable
from shared.http.health import all_routes
from shared.ports.state import Put
from tests.unit.http.house import House, settings_with

NAMES = ["firestore", "auth", "pubsub", "scheduler", "assemblyai", "anthropic"]
NAMES += ["notion", "git", "voice"]


def record(house: House, service: str, status: str, age_s: float = 0.0) -> None:
    checked_at = house.clock.now() - timedelta(seconds=age_s)
    data = {"status": status, "latency_ms": 12, "checked_at": checked_at, "detail": "s3cret host"}
    house.store.commit([Put(path=f"probes/{service}", data=data)])


def checked(house: House, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    response = house.health().get("/health", headers=headers or {})
    return response.status_code, response.json or {}


def test_all_checks_are_there_and_unknown_ones_are_no_fault(house: House) -> None:
    status, body = checked(house)
    assert status == 200
    assert set(body) == {"status", "version", "time", "checks"}
    assert body["status"] == "healthy"
    assert body["time"] == "2026-11-22T12:00:00.000Z"
    assert list(body["checks"]) == NAMES
    assert body["checks"]["auth"] == {
        "status": "healthy",
        "latency_ms": 0,
        "checked_at": "2026-11-22T12:00:00.000Z",
    }
    assert body["checks"]["git"] == {"status": "unknown", "latency_ms": None, "checked_at": None}


@pytest.mark.parametrize(
    ("recorded", "age_s", "shown", "overall"),
    [
        ("healthy", 300, "healthy", "healthy"),
        ("healthy", 301, "stale", "degraded"),
        ("unhealthy", 1, "unhealthy", "degraded"),
        ("unhealthy", 301, "stale", "degraded"),
    ],
)
def test_a_record_is_read_and_grows_stale_after_five_minutes(
    house: House, recorded: str, age_s: float, shown: str, overall: str
) -> None:
    record(house, "notion", recorded, age_s)
    status, body = checked(house)
    assert (status, body["status"], body["checks"]["notion"]["status"]) == (200, overall, shown)
    assert body["checks"]["notion"]["latency_ms"] == 12


@pytest.mark.parametrize("data", [{}, {"status": "great"}, {"checked_at": "now"}])
def test_a_record_that_cannot_be_read_is_unknown(house: House, data: dict[str, Any]) -> None:
    house.store.commit([Put(path="probes/git", data=data)])
    assert checked(house)[1]["checks"]["git"]["status"] == "unknown"


def test_firestore_down_is_503_and_the_records_are_unknown(house: House) -> None:
    record(house, "notion", "healthy")
    house.store.fail_next(1, UpstreamUnavailable("The store does not answer."))
    status, body = checked(house)
    assert (status, body["status"]) == (503, "unhealthy")
    assert body["checks"]["firestore"]["status"] == "unhealthy"
    assert body["checks"]["notion"]["status"] == "unknown"


def test_auth_down_is_503(house: House) -> None:
    house.identity.error = UpstreamUnavailable("Auth does not answer.")
    status, body = checked(house, house.token("root", admin=True))
    assert (status, body["status"]) == (503, "unhealthy")
    assert "detail" not in body["checks"]["auth"]


def test_details_are_for_admins_alone(house: House) -> None:
    record(house, "notion", "unhealthy")
    for headers in ({}, house.token("ada", member=True), {"Authorization": "Bearer forged"}):
        assert "s3cret" not in str(checked(house, headers)[1])
    body = checked(house, house.token("root", admin=True))[1]
    assert body["checks"]["notion"]["detail"] == "s3cret host"


def test_the_index_lists_what_there_is(house: House) -> None:
    house.settings = settings_with(public_url="https://x.example/", ws_url="wss://v.example")
    body = house.health().get("/").json or {}
    assert set(body) == {"name", "version", "endpoints", "services", "ws_url", "docs"}
    assert body["name"] == "NEXUS PRO Backend Services"
    assert body["services"] == {
        "voice": "https://x.example/voice",
        "notion": "https://x.example/notion",
        "health": "https://x.example/",
    }
    assert (body["ws_url"], body["docs"]) == ("wss://v.example", "/docs")
    listed = {(endpoint["method"], endpoint["path"]) for endpoint in body["endpoints"]}
    assert listed >= {("GET", "/health"), ("DELETE", "/voice/history/{user_id}")}
    assert all(endpoint["summary"] for endpoint in body["endpoints"])


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 302),
        ("text/html", 302),
        ("*/*", 200),
        ("application/json", 200),
        ("application/json, text/html;q=0.5", 200),
        ("image/png", 200),
    ],
)
def test_a_browser_is_sent_to_the_client_and_programs_are_not(
    house: House, accept: str, status: int
) -> None:
    response = house.health().get("/", headers={"Accept": accept})
    assert response.status_code == status
    assert response.headers.get("Location") == ("/app/" if status == 302 else None)
    assert "Accept" in response.headers["Vary"]


def test_the_description_is_valid_openapi_3_1_and_covers_every_route(house: House) -> None:
    document = house.health().get("/openapi.json").json or {}
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(route.method, route.path) for route in all_routes()}
    history = document["paths"]["/voice/history/{user_id}"]["get"]
    names = {parameter["name"] for parameter in history["parameters"]}
    assert names == {"user_id", "limit", "cursor", "intent", "state", "since", "until"}
    assert {"200", "401", "403", "413", "422", "503"} <= set(history["responses"])
    assert history["security"] == [{"idToken": []}]


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [route.name for route in all_routes()]
    assert len(names) == len(set(names))


def test_the_page_to_try_it_loads_nothing_from_elsewhere(house: House) -> None:
    response = house.health().get("/docs")
    assert response.content_type == "text/html; charset=utf-8"
    page = response.text
    assert not re.findall(
        r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page
    )
    assert "url: 'openapi.json'" in page
    policy = response.headers["Content-Security-Policy"]
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert sources["default-src"] == "'none'"
    assert set(sources.values()) <= {"'none'", "'self'", "'unsafe-inline'", "data:"}


@pytest.mark.parametrize("path", ["/health", "/health/health", "/docs", "/health/docs"])
def test_the_path_works_with_and_without_the_functions_name(house: House, path: str) -> None:
    assert house.health().get(path).status_code == 200
