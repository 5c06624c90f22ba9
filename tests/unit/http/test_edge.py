"""What every route has in common: problems, limits, ids, CORS, prefixes."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel
from structlog.testing import capture_logs

from dev.fakes.identity import FakeIdentity
from shared.errors import Held, NexusError, RateLimited, StaleWrite, UpstreamRejected
from shared.errors import UpstreamUnavailable as Unavailable
from shared.http.edge import create_app
from shared.http.route import Access, Answer, Call, Route
from tests.unit.http.house import ORIGIN, House, settings_with


class Text(BaseModel):
    text: str


class Views:
    """A view whose behaviour a test sets."""

    error: BaseException | None = None

    def echo(self, call: Call[None, Text]) -> Text:
        if self.error:
            raise self.error
        return call.body

    def open(self, call: Call[None, None]) -> Answer:
        if self.error:
            raise self.error
        name = call.caller.uid if call.caller else "nobody"
        return Answer(content=Text(text=name), status=202, headers={"Location": "/x"})


ROUTES = (
    Route(
        method="POST",
        path="/things/echo/{user_id}",
        summary="",
        handler=Views.echo,
        access=Access.OWNER,
        body=Text,
        reply=Text,
    ),
    Route(method="GET", path="/things/open", summary="", handler=Views.open, access=Access.PUBLIC),
)


@pytest.fixture
def views() -> Views:
    return Views()


@pytest.fixture
def identity() -> FakeIdentity:
    return FakeIdentity()


@pytest.fixture
def client(views: Views, identity: FakeIdentity) -> FlaskClient:
    return create_app("things", settings_with(), identity, ROUTES, views).test_client()


@pytest.fixture
def signed_in(identity: FakeIdentity) -> dict[str, str]:
    return House(identity=identity).token("ada")


def problem(response: Any) -> dict[str, Any]:
    """The body, after a look at what all problems share."""
    assert response.content_type == "application/problem+json"
    body = json.loads(response.data)
    assert body["status"] == response.status_code
    assert body["title"]
    assert body["instance"] == response.request.path
    assert response.headers["X-Request-Id"]
    return {**body, "name": body["type"].removeprefix("/problems/")}


def test_a_valid_request_is_answered(client: FlaskClient, signed_in: dict[str, str]) -> None:
    response = client.post("/things/echo/ada", json={"text": "hi"}, headers=signed_in)
    assert (response.status_code, response.json) == (200, {"text": "hi"})
    assert response.content_type == "application/json"


def test_an_answer_brings_its_own_status_and_headers(client: FlaskClient) -> None:
    response = client.get("/things/open")
    assert (response.status_code, response.headers["Location"]) == (202, "/x")


@pytest.mark.parametrize("body", ["", "{", "nope", b"\xff\xfe", "[" * 100_000, '{"text": "a"} x'])
def test_a_body_that_is_not_json_is_400(
    client: FlaskClient, signed_in: dict[str, str], body: Any
) -> None:
    response = client.post("/things/echo/ada", data=body, headers=signed_in)
    expected = 422 if body == "" else 400  # nothing counts as an empty object
    assert problem(response)["name"] == "validation"
    assert response.status_code == expected


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"', '{"text": 5}', "{}"])
def test_a_body_of_another_shape_is_422(
    client: FlaskClient, signed_in: dict[str, str], body: str
) -> None:
    response = client.post("/things/echo/ada", data=body, headers=signed_in)
    assert problem(response)["name"] == "validation"
    assert response.status_code == 422


def test_a_wrong_field_is_named_and_its_value_is_not_repeated(
    client: FlaskClient, signed_in: dict[str, str]
) -> None:
    response = client.post("/things/echo/ada", json={"text": ["s3cret"]}, headers=signed_in)
    assert [fault["field"] for fault in problem(response)["errors"]] == ["text"]
    assert b"s3cret" not in response.data


def test_a_body_over_one_mebibyte_is_413_without_being_read(
    client: FlaskClient, signed_in: dict[str, str]
) -> None:
    class Unreadable:
        def read(self, *_: int) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    response = client.post(
        "/things/echo/ada",
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(1024 * 1024 + 1)},
        headers=signed_in,
    )
    assert response.status_code == 413
    assert problem(response)["name"] == "too-large"


def test_a_body_of_exactly_one_mebibyte_is_read(
    client: FlaskClient, signed_in: dict[str, str]
) -> None:
    body = json.dumps({"text": ""})
    body = json.dumps({"text": "x" * (1024 * 1024 - len(body))})
    assert len(body) == 1024 * 1024
    assert client.post("/things/echo/ada", data=body, headers=signed_in).status_code == 200


def test_a_body_of_unknown_length_is_413_once_it_is_over_one_mebibyte(
    client: FlaskClient, signed_in: dict[str, str]
) -> None:
    class Endless:
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.taken += size
            assert self.taken < 3 * 1024 * 1024
            return b" " * size

    response = client.post(
        "/things/echo/ada",
        environ_overrides={
            "wsgi.input": Endless(),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
        },
        headers=signed_in,
    )
    assert response.status_code == 413
    assert problem(response)["name"] == "too-large"


def test_nobody_is_401_and_told_how(client: FlaskClient) -> None:
    response = client.post("/things/echo/ada", json={"text": "hi"})
    assert response.status_code == 401
    assert problem(response)["name"] == "unauthenticated"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_another_user_is_403(client: FlaskClient, signed_in: dict[str, str]) -> None:
    response = client.post("/things/echo/grace", json={"text": "hi"}, headers=signed_in)
    assert response.status_code == 403
    assert problem(response)["name"] == "forbidden"


def test_a_name_that_cannot_be_a_user_is_422(client: FlaskClient) -> None:
    response = client.post("/things/echo/__ada__", json={"text": "hi"})
    assert response.status_code == 422


def test_an_unknown_path_is_404_and_a_wrong_method_405(client: FlaskClient) -> None:
    for path in ("/things/nope", "/things/open/", "/things//open", "/", "/things/echo/a%2Fb"):
        response = client.get(path)
        assert response.status_code == 404
        assert problem(response)["name"] == "not-found"
    response = client.put("/things/open")
    assert response.status_code == 405
    assert problem(response)["name"] == "method-not-allowed"
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("error", "status", "name", "retry_after"),
    [
        (StaleWrite("x"), 409, "stale", None),
        (Held("x"), 409, "held", None),
        (RateLimited("x", 2.2), 429, "rate-limited", "3"),
        (UpstreamRejected("x"), 502, "upstream-rejected", None),
        (Unavailable("x", retry_after_s=0.01), 503, "upstream-unavailable", "1"),
    ],
)
def test_an_expected_failure_keeps_its_status_name_and_time_to_come_back(
    client: FlaskClient,
    views: Views,
    error: NexusError,
    status: int,
    name: str,
    retry_after: str | None,
) -> None:
    views.error = error
    response = client.get("/things/open")
    assert (response.status_code, problem(response)["name"]) == (status, name)
    assert problem(response)["detail"] == "x"
    assert response.headers.get("Retry-After") == retry_after


def test_why_a_service_behind_us_failed_is_a_warning_and_what_a_caller_did_is_none(
    client: FlaskClient, views: Views
) -> None:
    views.error = Unavailable("The store does not answer.", "firestore")
    views.error.__cause__ = TimeoutError()
    with capture_logs() as logs:
        client.get("/things/open")
    why, line = logs
    assert (why["log_level"], why["problem"]) == ("warning", "upstream-unavailable")
    assert (why["service"], why["error_type"]) == ("firestore", "UpstreamUnavailable")
    assert (why["cause"], why["detail"]) == ("TimeoutError", "The store does not answer.")
    assert (line["event"], line["log_level"]) == ("request", "warning")
    views.error = Held("x")
    with capture_logs() as logs:
        client.get("/things/open")
    assert [each["log_level"] for each in logs] == ["info"]


@pytest.mark.parametrize(
    "error", [RuntimeError("s3cret"), NexusError("s3cret"), KeyError("s3cret")]
)
def test_an_unforeseen_failure_tells_nothing_and_is_logged_with_the_request(
    client: FlaskClient, views: Views, error: Exception
) -> None:
    views.error = error
    with capture_logs() as logs:
        response = client.get("/things/open")
    assert response.status_code == 500
    assert problem(response)["name"] == "internal"
    assert b"s3cret" not in response.data
    errors = [entry for entry in logs if entry["log_level"] == "error"]
    assert len(errors) == 1
    assert errors[0]["exc_info"] is error


@pytest.mark.parametrize("given", ["abc", "0123-4567_89.ab", "x" * 128])
def test_a_sane_request_id_is_kept(client: FlaskClient, given: str) -> None:
    response = client.get("/things/open", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, 'a"b', "a b", "ü"])
def test_any_other_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    response = client.get("/things/open", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] != given
    assert len(response.headers["X-Request-Id"]) == 32


def test_our_pages_may_read_answers_also_of_failures(client: FlaskClient) -> None:
    for path in ("/things/open", "/things/nope"):
        response = client.get(path, headers={"Origin": ORIGIN})
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ORIGIN + ".evil"])
def test_foreign_pages_may_not(client: FlaskClient, origin: str) -> None:
    response = client.get("/things/open", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_an_answer_to_a_program_names_no_page(client: FlaskClient) -> None:
    assert "Access-Control-Allow-Origin" not in client.get("/things/open").headers


def test_with_an_empty_list_no_page_may_read(views: Views, identity: FakeIdentity) -> None:
    app = create_app("things", settings_with(allowed_origins=()), identity, ROUTES, views)
    response = app.test_client().get("/things/open", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_preflight_needs_no_token_and_allows_ours(client: FlaskClient) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    response = client.options("/things/echo/ada", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"].lower() == "authorization, content-type"


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    response = client.head("/things/open")
    assert (response.status_code, response.data) == (202, b"")


@pytest.mark.parametrize("path", ["/things/open", "/open"])
def test_the_path_works_with_and_without_the_functions_name(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 202


def test_a_public_route_knows_a_good_caller_and_serves_the_others_all_the_same(
    client: FlaskClient, identity: FakeIdentity, signed_in: dict[str, str]
) -> None:
    assert client.get("/things/open", headers=signed_in).json == {"text": "ada"}
    assert client.get("/things/open").json == {"text": "nobody"}
    assert client.get("/things/open", headers={"Authorization": "x"}).json == {"text": "nobody"}
    identity.error = Unavailable("Auth is down.")
    assert client.get("/things/open", headers=signed_in).json == {"text": "nobody"}


def test_one_line_tells_of_a_request_without_its_ids_and_values(
    client: FlaskClient, signed_in: dict[str, str]
) -> None:
    with capture_logs() as logs:
        client.post("/things/echo/ada?q=s3cret", json={"text": "s3cret"}, headers=signed_in)
    assert len(logs) == 1
    line = logs[0]
    assert line["event"] == "request"
    assert line["route"] == "/things/echo/<user_id>"
    assert line["httpRequest"]["status"] == 200
    assert line["latency_ms"] >= 0
    assert "s3cret" not in str(line)
    assert "ada" not in str(line)
