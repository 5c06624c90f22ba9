"""The probes that the voice service owns, recorded for the health function to read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.state import Put, StateStore

EVERY_S: Final = 60.0
SOON_S: Final = 10.0
"""After a failure, so that a hiccup does not look like an outage; vendors are asked no oftener."""
_log = structlog.get_logger(component="voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProbes:
    """Probes each target once a minute, sooner after a failure, and records `probes/{service}`.

    `run` calls a blocking function off the event loop.
    """

    store: StateStore
    clock: Clock
    targets: Mapping[str, Callable[[], Awaitable[None]]]
    run: Callable[[Callable[[], Any]], Awaitable[Any]]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def work(self) -> None:
        """Probe until cancelled."""
        while True:
            well = [await self._probe(name, target) for name, target in self.targets.items()]
            await self.pause(EVERY_S if all(well) else SOON_S)

    async def _probe(self, service: str, target: Callable[[], Awaitable[None]]) -> bool:
        """Probe one and record it; whether it is well."""
        started = self.clock.monotonic()
        status, detail = "healthy", ""
        try:
            await target()
        except NexusError as exc:
            status, detail = "unhealthy", exc.detail
        record = {
            "status": status,
            "latency_ms": round((self.clock.monotonic() - started) * 1000),
            "checked_at": self.clock.now(),
            "detail": detail,
        }
        put = Put(path=f"probes/{service}", data=record)
        try:
            await self.run(lambda: self.store.commit([put]))
        except NexusError:
            _log.warning("probe not recorded", service=service)
        return status == "healthy"
