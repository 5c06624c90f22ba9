"""When what can wait is loaded: after the first session is ready, or while nobody comes."""

import asyncio

import pytest

from shared.services.voice_quiet import ALONE_S, HANDSHAKE_S, QuietMoment


class Watch:
    """A moment that is waited for, with a clock of its own and somebody connected or not."""

    def __init__(self) -> None:
        self.at = 0.0
        self.connected = False
        self.moment = QuietMoment(lambda: self.connected, lambda: self.at)
        self.waiting = asyncio.create_task(self.moment.wait())

    async def has_come(self, at: float) -> bool:
        """Whether it has come at a time, after time to look at that several times."""
        self.at = at
        await asyncio.sleep(0.02)
        return self.waiting.done()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    # The time-outs are real, the clock is not.
    whole = asyncio.timeout
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: whole(min(seconds, 0.001)))


async def test_nobody_who_comes_is_waited_for_a_moment_only() -> None:
    watch = Watch()
    assert not await watch.has_come(ALONE_S - 0.1)
    assert await watch.has_come(ALONE_S)


async def test_who_shakes_hands_is_waited_for_longer_until_it_seems_to_be_gone() -> None:
    watch = Watch()
    watch.at = 0.5
    watch.moment.expect()
    assert not await watch.has_come(HANDSHAKE_S)
    assert await watch.has_come(HANDSHAKE_S + 0.5)


async def test_who_is_connected_is_waited_for_until_ready_or_gone() -> None:
    ready, gone = Watch(), Watch()
    ready.connected = gone.connected = True
    for watch in (ready, gone):
        watch.moment.expect()
        assert not await watch.has_come(HANDSHAKE_S + 100)
    ready.moment.come()
    gone.connected = False
    assert await ready.has_come(HANDSHAKE_S + 100)
    assert await gone.has_come(HANDSHAKE_S + 100)


async def test_a_session_that_is_ready_at_once_is_not_waited_for() -> None:
    watch = Watch()
    watch.moment.come()
    assert await watch.has_come(0.1)
