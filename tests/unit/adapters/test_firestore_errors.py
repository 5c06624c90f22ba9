"""How the errors of Google's client become ours."""

from pathlib import Path

import pytest
from google.api_core import exceptions

from shared.adapters.firestore import FirestoreStore, _error
from shared.errors import (
    NexusError,
    StaleWrite,
    TooLarge,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)


@pytest.mark.parametrize(
    ("name", "message", "guarded", "kind"),
    [
        ("FailedPrecondition", "x", True, StaleWrite),
        ("AlreadyExists", "x", True, StaleWrite),
        ("NotFound", "x", True, StaleWrite),
        ("Aborted", "x", True, StaleWrite),
        ("Aborted", "x", False, UpstreamUnavailable),
        ("FailedPrecondition", "index missing", False, UpstreamRejected),
        ("PermissionDenied", "x", True, UpstreamRejected),
        ("Unauthenticated", "x", False, UpstreamRejected),
        ("InvalidArgument", "bad path", False, UpstreamRejected),
        ("InvalidArgument", "maximum entity size is 1048576 bytes", False, TooLarge),
        ("InvalidArgument", "The value is longer than 1500 bytes.", True, TooLarge),
        ("ResourceExhausted", "message exceeds maximum size 4194304", False, TooLarge),
        ("ResourceExhausted", "Quota exceeded.", False, UpstreamUnavailable),
        ("DeadlineExceeded", "x", True, UpstreamTimeout),
        ("ServiceUnavailable", "x", True, UpstreamUnavailable),
        ("InternalServerError", "x", False, UpstreamUnavailable),
        ("Unknown", "x", False, UpstreamUnavailable),
    ],
)
def test_an_error_of_the_client_becomes_the_one_that_tells_what_to_do(
    name: str, message: str, guarded: bool, kind: type[NexusError]
) -> None:
    made = _error(getattr(exceptions, name)(message), guarded)
    assert type(made) is kind
    assert len(message) == 1 or message not in made.detail


def test_without_a_credential_the_store_says_which_setting_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (("NO_GCE_CHECK", "true"), ("HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "FIRESTORE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with pytest.raises(UpstreamRejected, match="FIREBASE_CREDENTIALS_PATH"):
        FirestoreStore("demo-nexus", "").get("a/b")


def test_a_retry_that_ran_out_without_a_cause_is_no_answer() -> None:
    assert type(_error(None, True)) is UpstreamUnavailable
