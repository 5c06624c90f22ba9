"""Ports whose SDKs are loaded only when the process already serves, on a thread of their own.

Loading takes the model's SDK a second of CPU and the speech service's a fifth: more than all that
an instance does before its first session is ready, and nobody has spoken by then.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing, suppress
from typing import Any, Final, Generic, TypeVar, cast

import structlog

from shared.errors import NexusError, UpstreamRejected
from shared.ports.model import LanguageModel, ModelEnd, ModelRequest, ModelText
from shared.ports.speech import SpeechConfig, SpeechEvent, SpeechStream, Transcriber

PortT = TypeVar("PortT")
_NOT_LOADED: Final = "This instance could not load its client of {service}; another one may have."
_log = structlog.get_logger(component="voice")


class Late(Generic[PortT]):
    """A port that is made once, when it is first wanted; for use on one event loop.

    `make` imports the SDK. `thread`: where that is done; one for all SDKs, so that no two of them
    load at the same time what they share.
    """

    def __init__(self, service: str, make: Callable[[], PortT], thread: Executor) -> None:
        self._service = service
        self._make = make
        self._thread = thread
        self._making: asyncio.Future[PortT] | None = None

    async def get(self) -> PortT:
        """The port, as soon as it is made.

        Raises:
            UpstreamRejected: the SDK cannot be imported; so it stays for the process.
        """
        if self._making is None:
            self._making = asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        # Who goes away while it waits must not end the load for the others.
        return await asyncio.shield(self._making)

    def _load(self) -> PortT:
        try:
            return self._make()
        except ImportError as exc:
            _log.error("sdk not loaded", service=self._service, module=exc.name, exc_info=exc)
            detail = _NOT_LOADED.format(service=self._service)
            raise UpstreamRejected(detail, self._service) from exc


class LateTranscriber:
    """A `Transcriber` that is made when it is first wanted; see the port."""

    def __init__(self, late: Late[Transcriber]) -> None:
        self._late = late

    async def open(
        self, config: SpeechConfig, on_event: Callable[[SpeechEvent], None]
    ) -> SpeechStream:
        """Open a stream; the time that loading takes comes on top of the port's."""
        return await (await self._late.get()).open(config, on_event)

    async def probe(self) -> None:
        """Make one free call."""
        await (await self._late.get()).probe()


class LateModel:
    """A `LanguageModel` that is made when it is first wanted; see the port."""

    def __init__(self, late: Late[LanguageModel]) -> None:
        self._late = late
        self._wanted = False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelText | ModelEnd, None]:
        """Yield the reply's text, then its end."""
        model = await self._get()
        async with aclosing(cast(Any, model.stream(request))) as reply:
            async for part in reply:
                yield part

    async def warm(self) -> None:
        """Load the SDK and open its connection."""
        with suppress(NexusError):  # it is logged, and the call to come will tell it
            await (await self._get()).warm()

    async def probe(self) -> None:
        """Make one free call."""
        await (await self._get()).probe()

    async def close(self) -> None:
        """Let go of the connections, if it was ever wanted."""
        if self._wanted:
            with suppress(NexusError):  # there is nothing to let go of
                await (await self._get()).close()

    async def _get(self) -> LanguageModel:
        self._wanted = True
        return await self._late.get()
