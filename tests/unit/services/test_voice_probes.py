"""What the voice service records of its own dependencies, and how often."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamUnavailable
from shared.services.voice_probes import EVERY_S, SOON_S, VoiceProbes


async def test_a_failed_probe_is_repeated_soon_and_a_good_one_later() -> None:
    store, faults = FakeStateStore(), [UpstreamUnavailable("starting")]
    pauses: list[float] = []

    async def target() -> None:
        if faults:
            raise faults.pop()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise asyncio.CancelledError

    async def run(call: Callable[[], Any]) -> Any:
        return call()

    probes = VoiceProbes(
        store=store, clock=FakeClock(), targets={"assemblyai": target}, run=run, pause=pause
    )
    with pytest.raises(asyncio.CancelledError):
        await probes.work()
    assert pauses == [SOON_S, EVERY_S]
    record = store.get("probes/assemblyai")
    assert record is not None
    assert record.data["status"] == "healthy"
