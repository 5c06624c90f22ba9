"""What every `Secrets` does, proven in memory, on a folder and on Secret Manager alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.secrets import FakeSecrets
from shared.adapters.secrets_cache import CachedSecrets
from shared.adapters.secrets_local import LocalSecrets
from shared.adapters.secrets_manager import SecretManager
from shared.errors import Conflict, InvalidRequest, NotFound, UpstreamRejected
from shared.ports.secrets import Secrets
from tests.support.secret_manager import SecretManagerDouble, serving

PROJECT = "projects/demo/secrets"


@pytest.fixture
def double() -> SecretManagerDouble:
    return SecretManagerDouble()


@pytest.fixture
def manager(double: SecretManagerDouble) -> Iterator[SecretManager]:
    with serving(double) as client:
        yield SecretManager("demo", {"app": "nexus"}, client)


@pytest.fixture(params=["memory", "folder", "manager", "cached"])
def secrets(request: pytest.FixtureRequest, tmp_path: Path) -> Secrets:
    if request.param == "memory":
        return FakeSecrets()
    if request.param == "folder":
        return LocalSecrets(tmp_path / "secrets")
    manager: SecretManager = request.getfixturevalue("manager")
    return CachedSecrets(manager, FakeClock()) if request.param == "cached" else manager


def test_what_was_put_is_read_back(secrets: Secrets) -> None:
    assert secrets.get(secrets.put("git-token", "naïve\n☃ ")) == "naïve\n☃ "


def test_each_put_has_a_reference_of_its_own_and_all_read_the_newest(secrets: Secrets) -> None:
    first, second = secrets.put("a", "one"), secrets.put("a", "two")
    assert first != second
    assert [secrets.get(first), secrets.get(second)] == ["two", "two"]


def test_names_do_not_mix(secrets: Secrets) -> None:
    first, second = secrets.put("a", "one"), secrets.put("a-b", "two")
    assert [secrets.get(first), secrets.get(second)] == ["one", "two"]


def test_create_stores_once_and_then_conflicts(secrets: Secrets) -> None:
    reference = secrets.create("hook", "first")
    for other in ("second", "first"):
        with pytest.raises(Conflict):
            secrets.create("hook", other)
    assert secrets.get(reference) == "first"


def test_create_conflicts_with_what_was_put(secrets: Secrets) -> None:
    reference = secrets.put("hook", "first")
    with pytest.raises(Conflict):
        secrets.create("hook", "second")
    assert secrets.get(reference) == "first"


def test_of_many_creators_one_wins_and_its_value_stays(secrets: Secrets) -> None:
    def create(number: int) -> str | None:
        try:
            return secrets.create("hook", f"value {number}")
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as pool:
        references = list(pool.map(create, range(6)))
    (winner,) = [number for number, reference in enumerate(references) if reference]
    reference = references[winner]
    assert reference is not None
    assert secrets.get(reference) == f"value {winner}"


def test_what_was_deleted_is_not_found_and_may_be_created_anew(secrets: Secrets) -> None:
    reference = secrets.put("a", "one")
    secrets.delete("a")
    secrets.delete("a")
    with pytest.raises(NotFound):
        secrets.get(reference)
    assert secrets.get(secrets.create("a", "two")) == "two"


@pytest.mark.parametrize("name", ["", "A", "a_b", "../a", "a/b", ".", "a" * 101, "a\n", "ä"])
def test_a_name_outside_the_alphabet_is_refused(secrets: Secrets, name: str) -> None:
    for act in (
        lambda: secrets.put(name, "x"),
        lambda: secrets.create(name, "x"),
        lambda: secrets.delete(name),
    ):
        with pytest.raises(InvalidRequest):
            act()


@pytest.mark.parametrize("value", ["", "x" * 65_537], ids=["empty", "too large"])
def test_a_value_that_cannot_be_stored_is_refused(secrets: Secrets, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        secrets.put("a", value)
    assert "xxx" not in caught.value.detail


@pytest.mark.parametrize(
    "reference",
    ["", "x", "local:../a@0123456789abcdef", "projects/other/secrets/a/versions/1"],
)
def test_a_reference_of_somebody_else_is_not_found(secrets: Secrets, reference: str) -> None:
    secrets.put("a", "one")
    with pytest.raises(NotFound):
        secrets.get(reference)


def test_no_value_shows_in_a_repr(secrets: Secrets) -> None:
    secrets.get(secrets.put("a", "s3cret"))
    assert "s3cret" not in repr(secrets)


def test_put_destroys_the_values_before_and_labels_the_secret(
    manager: SecretManager, double: SecretManagerDouble
) -> None:
    for value in ("one", "two", "three"):
        manager.put("a", value)
    assert double.values == {f"{PROJECT}/a": [None, None, b"three"]}
    assert dict(double.secrets[f"{PROJECT}/a"].labels) == {"app": "nexus"}


def test_put_succeeds_where_the_values_before_cannot_be_destroyed(
    manager: SecretManager, double: SecretManagerDouble
) -> None:
    manager.put("a", "one")
    double.refused = {"DestroySecretVersion"}
    assert manager.get(manager.put("a", "two")) == "two"


def test_create_completes_what_a_creator_left_half_made(
    manager: SecretManager, double: SecretManagerDouble
) -> None:
    double.refused = {"AddSecretVersion"}
    with pytest.raises(UpstreamRejected):
        manager.create("a", "one")
    double.refused = set()
    assert manager.get(manager.create("a", "two")) == "two"
