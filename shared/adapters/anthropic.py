"""Claude by Anthropic's Messages API, streamed.

API: https://platform.claude.com/docs/en/api/messages
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from typing import Any, Literal, cast

import httpx2
from anthropic import AsyncAnthropic, AsyncStream, BadRequestError, DefaultAsyncHttpxClient
from anthropic.types import RawMessageStreamEvent

from shared.adapters.anthropic_errors import FAILURES, cut, failure, retry_wait_s, too_slow
from shared.errors import NexusError
from shared.ports.model import ModelEnd, ModelRequest, ModelText, ModelUsage

_LOG = logging.getLogger(__name__)
_CONNECT_S = 5.0
_FIRST_S = 20.0  # thinking may come before the first word
_BETWEEN_S = 10.0
_LONGEST_WAIT_S = 2.0  # a speaker waits no longer for a repetition
_IDLE_S = 55.0  # keeps the warmed connection from one command to the next
_CACHED: Any = {"type": "ephemeral"}

# The least thinking that each family accepts, for the shortest way to the first line of code:
# https://platform.claude.com/docs/en/about-claude/models/overview. The first prefix counts.
_FAMILIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("claude-haiku-4", {}),
    (
        "claude-haiku",
        {"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}},
    ),
    (
        "claude-sonnet-5-5",
        {"thinking": {"type": "between_tools"}, "output_config": {"effort": "low"}},
    ),
    ("", {"output_config": {"effort": "low"}}),
)
_NAMED_BY = {"output_config": ("output_config", "effort")}

_REASONS: dict[str, Literal["complete", "length", "refused"]] = {
    "end_turn": "complete",
    "stop_sequence": "complete",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}

_Stream = AsyncStream[RawMessageStreamEvent]


class AnthropicModel:
    """Answers with Claude; the port is `shared.ports.model.LanguageModel`.

    `base_url`: of another server that speaks the protocol, "" for the vendor. Make one per
    process and use it on one event loop: it holds the connections.
    """

    def __init__(self, *, api_key: str, base_url: str, model: str) -> None:
        timeout = httpx2.Timeout(_FIRST_S, connect=_CONNECT_S)
        limits = httpx2.Limits(max_connections=1000, keepalive_expiry=_IDLE_S)
        # The SDK would sleep for as long as the vendor asks before it repeats a call.
        self._client = AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or "https://api.anthropic.com",
            timeout=timeout,
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(limits=limits, timeout=timeout),
        )
        self._model = model
        self._options = {"cache_control": _CACHED} | options_for(model)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelText | ModelEnd, None]:
        """Yield the reply's text, then its end; see the port."""
        reply = _Reply(self._model)
        try:
            async with asyncio.timeout(_FIRST_S):
                stream = await self._open(request)
            async with stream:
                while (event := await self._next(stream, reply)) is not None:
                    if text := reply.take(event):
                        yield ModelText(text=text)
        except TimeoutError as exc:
            raise too_slow() from exc
        except json.JSONDecodeError as exc:
            raise cut() from exc
        except FAILURES as exc:
            raise failure(exc) from exc
        yield reply.end()

    async def warm(self) -> None:
        """Open a connection; a failure is only logged, the call to come will tell it."""
        try:
            await self.probe()
        except NexusError as exc:
            _LOG.warning("anthropic was not warmed", extra={"error": type(exc).__name__})

    async def probe(self) -> None:
        """List one model, which is free; see the port."""
        try:
            async with asyncio.timeout(_BETWEEN_S):
                await self._client.models.list(limit=1)
        except TimeoutError as exc:
            raise too_slow() from exc
        except FAILURES as exc:
            raise failure(exc) from exc

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _open(self, request: ModelRequest) -> _Stream:
        """Begin the reply; repeat once after a passing failure, and without a refused option."""
        repeated = False
        while True:
            try:
                return await self._create(request)
            except FAILURES as exc:
                if isinstance(exc, BadRequestError) and self._forget_refused(exc):
                    continue
                wait_s = retry_wait_s(exc)
                if repeated or wait_s is None or wait_s > _LONGEST_WAIT_S:
                    raise
                repeated = True
                await asyncio.sleep(wait_s)

    async def _create(self, request: ModelRequest) -> _Stream:
        system = {"type": "text", "text": request.system, "cache_control": _CACHED}
        fields: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": turn.text} for turn in request.messages]
        }
        if request.system:
            fields["system"] = [system]
        create: Any = self._client.messages.create
        stream = await create(
            model=self._model,
            max_tokens=request.max_tokens,
            stream=True,
            **fields,
            **self._options,
        )
        return cast(_Stream, stream)

    def _forget_refused(self, exc: BadRequestError) -> bool:
        """Leave out, from now on, the option that the model does not take; False if it is none."""
        message = str(exc.api_message or "")
        for option in self._options:
            if any(name in message for name in _NAMED_BY.get(option, (option,))):
                self._options = {
                    name: value for name, value in self._options.items() if name != option
                }
                _LOG.warning(
                    "the model refuses an option", extra={"model": self._model, "option": option}
                )
                return True
        return False

    @staticmethod
    async def _next(stream: _Stream, reply: "_Reply") -> RawMessageStreamEvent | None:
        async with asyncio.timeout(_BETWEEN_S if reply.has_text else _FIRST_S):
            return await anext(stream, None)


class _Reply:
    """What a stream's events add up to."""

    def __init__(self, model: str) -> None:
        self.has_text = False
        self._model = model
        self._reason: str | None = None
        self._stopped = False
        self._input = self._output = self._cached = 0

    def take(self, event: RawMessageStreamEvent) -> str:
        """Take the next event; the text it adds, "" for none. Thinking is left out."""
        text = ""
        if event.type == "content_block_delta":
            text = event.delta.text if event.delta.type == "text_delta" else ""
        elif event.type == "content_block_start":
            text = event.content_block.text if event.content_block.type == "text" else ""
        elif event.type == "message_start":
            self._model = event.message.model
            self._count(event.message.usage)
        elif event.type == "message_delta":
            self._reason = event.delta.stop_reason
            self._count(event.usage)
        elif event.type == "message_stop":
            self._stopped = True
        self.has_text = self.has_text or bool(text)
        return text

    def end(self) -> ModelEnd:
        """The end of a whole reply; raises UpstreamUnavailable if it was cut."""
        if not self._stopped or self._reason is None:
            raise cut()
        reason = _REASONS.get(self._reason)
        if reason is None:
            _LOG.warning("unknown stop reason", extra={"reason": self._reason})
        return ModelEnd(
            reason=reason or "complete",
            usage=ModelUsage(
                input_tokens=self._input,
                output_tokens=self._output,
                cache_read_tokens=self._cached,
            ),
            model=self._model,
        )

    def _count(self, usage: Any) -> None:
        # Counts are cumulative, and absent where they did not change. What is written to the
        # cache is input, too; what is read from it is told apart.
        if usage.input_tokens is not None:
            self._input = usage.input_tokens + (usage.cache_creation_input_tokens or 0)
        if usage.cache_read_input_tokens is not None:
            self._cached = usage.cache_read_input_tokens
        self._output = usage.output_tokens


def options_for(model: str) -> dict[str, Any]:
    """The request's fields that keep a model from thinking long, as far as it takes them."""
    return next(options for prefix, options in _FAMILIES if model.startswith(prefix))
