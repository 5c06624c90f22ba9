"""AssemblyAI's rules as pure functions."""

from itertools import permutations

import pytest

from shared.adapters.assemblyai_protocol import failure, usable_keyterms
from shared.errors import NexusError, RateLimited, UpstreamRejected, UpstreamUnavailable

MEANINGS = [
    (None, UpstreamUnavailable),
    (1006, UpstreamUnavailable),
    (1011, UpstreamUnavailable),
    (1013, UpstreamUnavailable),
    (3005, UpstreamUnavailable),
    (3006, UpstreamUnavailable),
    (3007, UpstreamUnavailable),
    (3008, UpstreamUnavailable),
    (408, UpstreamUnavailable),
    (500, UpstreamUnavailable),
    (503, UpstreamUnavailable),
    (3009, RateLimited),
    (429, RateLimited),
    (1008, UpstreamRejected),
    (401, UpstreamRejected),
    (403, UpstreamRejected),
    (400, UpstreamRejected),
    (404, UpstreamRejected),
]


@pytest.mark.parametrize(("code", "error"), MEANINGS)
def test_each_code_has_its_meaning(code: int | None, error: type[NexusError]) -> None:
    assert type(failure(code)) is error


def test_a_hundred_keyterms_at_most_are_kept_in_their_order() -> None:
    terms = tuple(f"term_{number}" for number in range(150))
    assert usable_keyterms(terms) == list(terms[:100])


def test_blank_long_and_repeated_keyterms_are_left_out_before_the_hundred_are_counted() -> None:
    noise = ("", "  ", "z" * 51, "same", " same")
    terms = tuple(f"term_{number}" for number in range(99))
    for order in permutations(noise):
        assert usable_keyterms(order + terms) == ["same", *terms]


def test_keyterms_that_differ_in_case_are_different_names() -> None:
    assert usable_keyterms(("userId", "UserID")) == ["userId", "UserID"]
