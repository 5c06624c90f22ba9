"""Who a request counts as: tokens, foreign users, and each condition of the local identity."""

from typing import Any

import pytest
from werkzeug.datastructures import Headers

from dev.fakes.identity import FakeIdentity
from shared.errors import Forbidden, InvalidRequest, Unauthenticated, UpstreamUnavailable
from shared.http.identity import bearer_token, check_uid, identify, is_document_id, origin_allowed
from shared.ports.identity import Caller
from tests.unit.http.house import settings_with

HOME = "http://localhost:8000"
LOCAL = {
    "project_id": "demo-nexus",
    "local_identity": True,
    "auth_emulator": "127.0.0.1:9099",
    "firestore_emulator": "127.0.0.1:8080",
    "allowed_origins": (HOME,),
}
HOST = {"Host": "localhost:8000"}


def who(headers: dict[str, str], uid: str | None = "ada", /, **settings: Any) -> Caller:
    identity = FakeIdentity()
    return identify(settings_with(**{**LOCAL, **settings}), identity, Headers(headers), uid)


def test_a_good_token_of_the_user_in_the_path_is_that_user() -> None:
    identity = FakeIdentity()
    ada = Caller(uid="ada", member=True, expires_at=1e9)
    headers = Headers({"authorization": f"bearer {identity.issue(ada)}"})
    assert identify(settings_with(allowed_origins=()), identity, headers, "ada") == ada


def test_a_token_offered_as_a_subprotocol_counts_too() -> None:
    identity = FakeIdentity()
    token = identity.issue(Caller(uid="ada"))
    headers = Headers({"Sec-WebSocket-Protocol": f"nexus.v1, bearer.{token}"})
    assert identify(settings_with(allowed_origins=()), identity, headers, "ada").uid == "ada"


def test_a_token_of_another_user_is_forbidden_and_an_admins_is_not() -> None:
    identity = FakeIdentity()
    for caller in (Caller(uid="mallory", member=True), Caller(uid="root", admin=True)):
        headers = Headers({"Authorization": f"Bearer {identity.issue(caller)}"})
        if caller.admin:
            assert identify(settings_with(allowed_origins=()), identity, headers, "ada") == caller
        else:
            with pytest.raises(Forbidden):
                identify(settings_with(allowed_origins=()), identity, headers, "ada")


def test_a_token_that_cannot_be_verified_now_is_no_401() -> None:
    identity = FakeIdentity()
    identity.error = UpstreamUnavailable("The keys cannot be had.")
    with pytest.raises(UpstreamUnavailable):
        identify(
            settings_with(allowed_origins=()),
            identity,
            Headers({"Authorization": "Bearer x"}),
            "ada",
        )


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "token"])
def test_an_authorization_header_of_another_kind_is_refused_also_locally(value: str) -> None:
    with pytest.raises(Unauthenticated):
        who({**HOST, "Authorization": value})


def test_a_bad_token_is_refused_also_where_none_would_be_accepted() -> None:
    assert who(HOST).uid == "ada"
    with pytest.raises(Unauthenticated):
        who({**HOST, "Authorization": "Bearer forged"})


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000"])
def test_without_a_token_the_local_machine_is_the_user_of_the_path(host: str) -> None:
    assert who({"Host": host}) == Caller(uid="ada", member=True)
    assert who({"Host": host}, None).uid == "demo"


@pytest.mark.parametrize(
    "settings",
    [
        {"local_identity": False},
        {"auth_emulator": ""},
        {"firestore_emulator": ""},
    ],
)
def test_without_a_token_and_not_both_emulators_nobody_is_known(settings: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        who(HOST, "ada", **settings)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "[::1]",
        "[::1]:8000",
        "127.0.0.2",
        "0.0.0.0:8000",
        "evil.example",
        "localhost.evil.example",
        "localhost:8000.evil.example",
        "localhost:80@evil.example",
        "localhost.",
    ],
)
def test_without_a_token_another_host_is_nobody(host: str) -> None:
    with pytest.raises(Unauthenticated):
        who({"Host": host})


@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-FORWARDED-PROTO"]
)
def test_without_a_token_what_a_proxy_passed_on_is_nobody(header: str) -> None:
    with pytest.raises(Unauthenticated):
        who({**HOST, header: ""})


@pytest.mark.parametrize(
    "origin", ["null", "", "http://evil.example", "http://localhost:8001", "https://localhost:8000"]
)
def test_without_a_token_a_foreign_page_is_nobody(origin: str) -> None:
    with pytest.raises(Unauthenticated):
        who({**HOST, "Origin": origin})


def test_without_a_token_our_own_page_is_the_user_of_the_path() -> None:
    assert who({**HOST, "Origin": HOME}).uid == "ada"


def test_origins_are_those_of_the_list_and_of_our_own_address() -> None:
    settings = settings_with(
        allowed_origins=("https://a.example",), public_url="https://b.example/x"
    )
    allowed = [None, "https://a.example", "https://b.example"]
    refused = ["null", "", "https://c.example", "https://a.example.evil", "http://a.example"]
    assert all(origin_allowed(settings, origin) for origin in allowed)
    assert not any(origin_allowed(settings, origin) for origin in refused)


def test_a_page_without_an_origin_of_its_own_is_refused_even_if_it_is_listed() -> None:
    assert not origin_allowed(settings_with(allowed_origins=("null",)), "null")


def test_without_any_settings_only_programs_are_allowed() -> None:
    settings = settings_with(allowed_origins=())
    assert origin_allowed(settings, None)
    assert not origin_allowed(settings, "")
    assert not origin_allowed(settings, "://")


def test_the_authorization_header_goes_before_a_subprotocol() -> None:
    headers = Headers({"Authorization": "Bearer a", "Sec-WebSocket-Protocol": "bearer.b"})
    assert bearer_token(headers) == "a"
    assert bearer_token(Headers({"Sec-WebSocket-Protocol": "nexus.v1"})) is None


@pytest.mark.parametrize("uid", ["a", "x" * 128, "ü@example.com", "__a", "a__", "...", "%2e"])
def test_a_name_that_firebase_and_firestore_take_is_a_user(uid: str) -> None:
    check_uid(uid)


@pytest.mark.parametrize("uid", ["", "x" * 129, "a/b", ".", "..", "__a__", "____", "__a\nb__"])
def test_a_name_that_one_of_them_refuses_is_not(uid: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_uid(uid)
    assert caught.value.faults[0].field == "user_id"


def test_an_id_of_a_document_has_at_most_1500_bytes() -> None:
    assert is_document_id("ü" * 750)
    assert not is_document_id("ü" * 751)
