"""What the memory twin can do beside the port: fail on demand."""

import pytest

from dev.fakes.state import FakeStateStore, StateCall
from shared.errors import UpstreamTimeout, UpstreamUnavailable
from shared.ports.state import Put


def test_the_next_calls_fail_without_doing_anything() -> None:
    store = FakeStateStore()
    store.fail_next(2, UpstreamUnavailable("Away."))
    put = Put(path="a/b", data={})
    for call in (lambda: store.get("a/b"), lambda: store.commit([put])):
        with pytest.raises(UpstreamUnavailable):
            call()
    assert store.get("a/b") is None
    assert store.calls == [
        StateCall("get", "a/b"),
        StateCall("commit", (put,)),
        StateCall("get", "a/b"),
    ]


def test_a_lost_answer_is_a_commit_that_happened() -> None:
    store = FakeStateStore()
    store.lose_answers(1, UpstreamTimeout("Lost."))
    with pytest.raises(UpstreamTimeout):
        store.commit([Put(path="a/b", data={"n": 1})])
    document = store.get("a/b")
    assert document is not None
    assert document.data == {"n": 1}
