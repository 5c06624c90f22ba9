"""Verifying signatures and times of ID tokens, with keys of our own in place of Google's."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from google.auth.exceptions import TransportError

from shared.adapters.clock import SystemClock
from shared.adapters.identity import CLOCK_SKEW_S, FirebaseIdentity
from shared.errors import NexusError, Unauthenticated, UpstreamUnavailable

PROJECT = "demo-nexus"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(key: rsa.RSAPrivateKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(datetime.now(UTC).timestamp())
    usual = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "ada",
        "iat": now - 60,
        "exp": now + 600,
    }
    head = {"alg": "RS256", "kid": "k1", "typ": "JWT", **(header or {})}
    signed = f"{encoded(head)}.{encoded({**usual, **claims})}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encoded(signature)}"


def in_s(seconds: int) -> int:
    return int(datetime.now(UTC).timestamp()) + seconds


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> FirebaseIdentity:
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    certificates = {"k1": certificate(KEY)}
    monkeypatch.setattr("google.oauth2.id_token._fetch_certs", lambda *_: certificates)
    return FirebaseIdentity(PROJECT, SystemClock())


def test_a_good_token_tells_who_it_is_and_until_when(identity: FirebaseIdentity) -> None:
    end = in_s(600)
    caller = identity.verify(token(exp=end, admin=True, member=True))
    assert (caller.uid, caller.admin, caller.member) == ("ada", True, True)
    assert caller.expires_at == end


def test_claims_count_only_as_the_truth_value_true(identity: FirebaseIdentity) -> None:
    caller = identity.verify(token(admin="true", member=1))
    assert (caller.admin, caller.member) == (False, False)


def test_clocks_may_differ_by_ten_seconds(identity: FirebaseIdentity) -> None:
    assert identity.verify(token(exp=in_s(-CLOCK_SKEW_S + 5))).uid == "ada"
    assert identity.verify(token(iat=in_s(CLOCK_SKEW_S - 5))).uid == "ada"


@pytest.mark.parametrize(
    "bad",
    [
        {"exp": -CLOCK_SKEW_S - 5},
        {"iat": CLOCK_SKEW_S + 30},
    ],
)
def test_a_token_out_of_its_time_is_refused(
    identity: FirebaseIdentity, bad: dict[str, int]
) -> None:
    claims: dict[str, Any] = {name: in_s(offset) for name, offset in bad.items()}
    with pytest.raises(Unauthenticated):
        identity.verify(token(**claims))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: token(OTHER_KEY), id="another key"),
        pytest.param(lambda: token(header={"kid": "k2"}), id="an unknown key id"),
        pytest.param(lambda: token(header={"alg": "none"}), id="no algorithm"),
        pytest.param(lambda: token(header={"alg": "HS256"}), id="another algorithm"),
        pytest.param(lambda: token(header={"kid": None}), id="no key id"),
        pytest.param(lambda: token(aud="another"), id="another project"),
        pytest.param(lambda: token(iss="https://evil.example"), id="another issuer"),
        pytest.param(lambda: token(sub=""), id="nobody"),
        pytest.param(lambda: token(sub="x" * 129), id="too long a name"),
        pytest.param(lambda: token().rsplit(".", 1)[0] + ".", id="no signature"),
        pytest.param(lambda: token()[:-8] + "AAAAAAAA", id="a broken signature"),
        pytest.param(lambda: "", id="empty"),
        pytest.param(lambda: "a.b", id="no token"),
        pytest.param(lambda: "é.é.é", id="no ASCII"),
        pytest.param(lambda: f"{encoded([])}.{encoded([])}.x", id="lists"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(identity: FirebaseIdentity, made: Any) -> None:
    with pytest.raises(Unauthenticated) as caught:
        identity.verify(made())
    assert "eyJ" not in caught.value.detail


def test_keys_that_cannot_be_fetched_are_our_trouble_and_not_the_callers(
    identity: FirebaseIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any) -> None:
        raise TransportError("unreachable")  # type: ignore[no-untyped-call]

    monkeypatch.setattr("google.oauth2.id_token._fetch_certs", unreachable)
    with pytest.raises(UpstreamUnavailable):
        identity.verify(token())


def test_two_instances_live_side_by_side(identity: FirebaseIdentity) -> None:
    assert identity.verify(token()).uid == "ada"
    assert FirebaseIdentity(PROJECT, SystemClock()).verify(token()).uid == "ada"
    with pytest.raises(NexusError):
        FirebaseIdentity("another", SystemClock()).verify(token())


class Answer:
    def __init__(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize("emulator", ["", "127.0.0.1:9099"])
def test_the_probe_asks_for_what_verifying_needs(
    monkeypatch: pytest.MonkeyPatch, emulator: str
) -> None:
    asked: list[str] = []

    def request(_: Any, url: str, **__: Any) -> Answer:
        asked.append(url)
        return Answer(200 if len(asked) == 1 else 500)

    monkeypatch.setattr("google.auth.transport.requests.Request.__call__", request)
    identity = FirebaseIdentity(PROJECT, SystemClock(), emulator)
    identity.probe()
    assert asked[0].startswith(f"http://{emulator}/" if emulator else "https://www.googleapis.com/")
    with pytest.raises(UpstreamUnavailable):
        identity.probe()
