"""The short memory before a keeper of secrets."""

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.secrets import FakeSecrets
from shared.adapters.secrets_cache import KEPT_S, CachedSecrets
from shared.errors import UpstreamUnavailable


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keeper() -> FakeSecrets:
    return FakeSecrets()


def test_a_value_is_read_again_after_five_minutes(keeper: FakeSecrets, clock: FakeClock) -> None:
    cached = CachedSecrets(keeper, clock)
    reference = keeper.put("a", "one")
    assert cached.get(reference) == "one"
    keeper.put("a", "two")
    clock.advance(KEPT_S - 1)
    assert cached.get(reference) == "one"
    clock.advance(1)
    assert cached.get(reference) == "two"


def test_a_write_forgets_even_when_it_fails(keeper: FakeSecrets, clock: FakeClock) -> None:
    cached = CachedSecrets(keeper, clock)
    reference = keeper.put("a", "one")
    cached.get(reference)
    keeper.put("a", "two")
    keeper.error = UpstreamUnavailable("lost")  # the write may have happened
    with pytest.raises(UpstreamUnavailable):
        cached.put("a", "two")
    keeper.error = None
    assert cached.get(reference) == "two"


def test_what_was_read_before_a_write_is_not_remembered_after_it(clock: FakeClock) -> None:
    class Slow(FakeSecrets):
        def get(self, reference: str) -> str:
            value = super().get(reference)
            if value == "one":
                cached.put("a", "two")
            return value

    keeper = Slow()
    cached = CachedSecrets(keeper, clock)
    reference = keeper.put("a", "one")
    assert [cached.get(reference), cached.get(reference)] == ["one", "two"]


def test_a_failure_is_not_remembered(keeper: FakeSecrets, clock: FakeClock) -> None:
    cached = CachedSecrets(keeper, clock)
    reference = keeper.put("a", "one")
    keeper.error = UpstreamUnavailable("down")
    with pytest.raises(UpstreamUnavailable):
        cached.get(reference)
    keeper.error = None
    assert cached.get(reference) == "one"
