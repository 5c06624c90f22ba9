"""One whole answer of the language model for a worker that has no event loop of its own."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import aclosing
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, cast

from shared.errors import UpstreamTimeout
from shared.ports.model import LanguageModel, ModelEnd, ModelRequest, ModelText

_TOLD_EVERY_S: Final = 5.0
_LONGEST_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A whole answer; `end.reason` tells whether it is complete."""

    text: str
    end: ModelEnd


class ModelCalls:
    """Asks the model from a thread; `open_model` is called for each request, on its own loop."""

    def __init__(
        self, open_model: Callable[[], LanguageModel], *, told_every_s: float = _TOLD_EVERY_S
    ) -> None:
        self._open = open_model
        self._told_every_s = told_every_s

    def ask(self, request: ModelRequest) -> Generator[int, None, ModelAnswer]:
        """Yield how many characters came so far, every few seconds; return the answer.

        So a worker can renew its lease meanwhile. Closing it cancels the request.

        Raises:
            NexusError: as `LanguageModel.stream`, and UpstreamTimeout after five minutes.
        """
        call = _Call(request)
        with ThreadPoolExecutor(1, thread_name_prefix="model") as pool:
            answer = pool.submit(lambda: asyncio.run(call.run(self._open)))
            try:
                while not wait([answer], self._told_every_s).done:
                    yield call.size
            finally:
                call.cancel()  # does nothing where it is over
            return answer.result()


class _Call:
    """A request under way. `size`: how many characters have come."""

    def __init__(self, request: ModelRequest) -> None:
        self.size = 0
        self._request = request
        self._lock = Lock()
        self._cancelled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def cancel(self) -> None:
        """Stop it; from any thread, at any time."""
        with self._lock:
            self._cancelled = True
            if self._loop and self._task:
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def run(self, open_model: Callable[[], LanguageModel]) -> ModelAnswer:
        """Ask and read all of the answer."""
        with self._lock:
            if self._cancelled:
                raise asyncio.CancelledError
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        model = open_model()
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await self._read(model)
        except TimeoutError as exc:
            raise UpstreamTimeout("The model took too long.", "anthropic") from exc
        finally:
            with self._lock:
                self._loop = None
            await model.close()

    async def _read(self, model: LanguageModel) -> ModelAnswer:
        parts: list[str] = []
        end: ModelEnd | None = None
        async with aclosing(cast(Any, model.stream(self._request))) as reply:
            async for event in reply:
                if isinstance(event, ModelText):
                    parts.append(event.text)
                    self.size += len(event.text)
                else:
                    end = event
        if end is None:
            raise AssertionError("the port ends every stream with ModelEnd")
        return ModelAnswer("".join(parts), end)
