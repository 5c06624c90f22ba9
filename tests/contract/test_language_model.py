"""The promises of the language model port, kept by the fake and by Claude's adapter."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol, cast

import pytest

from dev.fakes.model import FakeModel, FakeReply
from shared.adapters.anthropic import AnthropicModel
from shared.errors import NexusError, RateLimited, UpstreamRejected, UpstreamUnavailable
from shared.ports.model import LanguageModel, ModelEnd, ModelMessage, ModelRequest, ModelText
from tests.contract.standins import StandIn, running

REQUEST = ModelRequest(
    system="You write code. " * 200,
    messages=(
        ModelMessage(role="user", text="create a function that adds two numbers"),
        ModelMessage(role="assistant", text="def add(a, b): return a + b"),
        ModelMessage(role="user", text="rename it to plus"),
    ),
    max_tokens=512,
)
Pieces = AsyncGenerator[ModelText | ModelEnd, None]


class Rig(Protocol):
    """A language model and the hand behind its vendor."""

    model: LanguageModel

    async def answer(self, *chunks: str, reason: str = "complete") -> None:
        """Let the next reply be this text in these pieces."""

    async def fail(self, error: type[NexusError]) -> None:
        """Let the next request fail before its first word."""

    async def break_off(self, *chunks: str) -> None:
        """Let the next reply be cut after these pieces."""

    async def hang(self, *chunks: str) -> None:
        """Let the next reply say these pieces, and then nothing more."""

    async def until_cancelled(self) -> None:
        """Return when the vendor has seen the caller leave."""


class FakeRig:
    """The fake, played from inside."""

    def __init__(self) -> None:
        self.fake = FakeModel()
        self.model: LanguageModel = self.fake

    async def answer(self, *chunks: str, reason: Any = "complete") -> None:
        """Queue a reply."""
        self.fake.replies.append(FakeReply(pieces=chunks, reason=reason))

    async def fail(self, error: type[NexusError]) -> None:
        """Queue a reply that is only an error."""
        self.fake.replies.append(FakeReply(pieces=[error("asked for")]))

    async def break_off(self, *chunks: str) -> None:
        """Queue a reply that ends in an error."""
        self.fake.replies.append(FakeReply(pieces=[*chunks, UpstreamUnavailable("cut")]))

    async def hang(self, *chunks: str) -> None:
        """Queue a reply that waits for what never comes."""
        self.fake.replies.append(FakeReply(pieces=[*chunks, asyncio.Event()]))

    async def until_cancelled(self) -> None:
        """The fake knows at once."""
        assert self.fake.cancelled == 1


class StandInRig:
    """The adapter on the stand-in, ordered over its control address."""

    def __init__(self, stand_in: StandIn, model: str = "claude-haiku-5-5") -> None:
        self.stand_in = stand_in
        self.model: LanguageModel = AnthropicModel(
            api_key="local", base_url=f"http://{stand_in.address}", model=model
        )

    async def answer(self, *chunks: str, reason: str = "complete") -> None:
        """Order a reply."""
        stop = {"complete": "end_turn", "length": "max_tokens", "refused": "refusal"}[reason]
        await self.stand_in.order("/replies", chunks=chunks, stop_reason=stop)

    async def fail(self, error: type[NexusError]) -> None:
        """Order HTTP errors, enough for the adapter's repetition, too."""
        status = {UpstreamRejected: 401, RateLimited: 429, UpstreamUnavailable: 529}[error]
        times = 1 if status == 401 else 2
        await self.stand_in.order("/faults", kind="http", status=status, retry_after=0, times=times)

    async def break_off(self, *chunks: str) -> None:
        """Order a reply and a cut in it."""
        await self.stand_in.order("/replies", chunks=[*chunks, "never said"])
        await self.stand_in.order("/faults", kind="cut", after_deltas=len(chunks))

    async def hang(self, *chunks: str) -> None:
        """Order a reply and a hang in it."""
        await self.stand_in.order("/replies", chunks=[*chunks, "never said"])
        await self.stand_in.order("/faults", kind="hang", after_deltas=len(chunks))

    async def until_cancelled(self) -> None:
        """Wait until the stand-in has recorded that its client left."""
        await self.stand_in.until_told(
            "/requests", lambda known: known["requests"][-1]["client_went_away"]
        )


@pytest.fixture(scope="module")
def anthropic() -> Iterator[StandIn]:
    """Anthropic's stand-in."""
    with running("anthropic_standin") as stand_in:
        yield stand_in


@pytest.fixture(params=["fake", "anthropic"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each implementation of the port."""
    if request.param == "fake":
        yield FakeRig()
        return
    async with on_stand_in(request.getfixturevalue("anthropic")) as ordered:
        yield ordered


@asynccontextmanager
async def on_stand_in(
    stand_in: StandIn, model: str = "claude-haiku-5-5"
) -> AsyncIterator[StandInRig]:
    """A rig on the stand-in after a reset, closed at the end."""
    await stand_in.order("/reset")
    ordered = StandInRig(stand_in, model)
    try:
        yield ordered
    finally:
        await ordered.model.close()


def reply(rig: Rig) -> Pieces:
    """Ask; the pieces of the reply."""
    return cast(Pieces, rig.model.stream(REQUEST))


async def everything(rig: Rig) -> tuple[str, ModelEnd]:
    """The text and the end of a reply; exactly one end, and last."""
    pieces = [piece async for piece in reply(rig)]
    end = pieces.pop()
    assert isinstance(end, ModelEnd)
    return "".join(piece.text for piece in pieces if isinstance(piece, ModelText)), end


async def test_text_comes_in_pieces_and_then_one_end(rig: Rig) -> None:
    await rig.answer("def plus", "(a, b):\n", "    return a + b\n")
    pieces = [piece async for piece in reply(rig)]
    assert pieces[:-1] == [
        ModelText(text="def plus"),
        ModelText(text="(a, b):\n"),
        ModelText(text="    return a + b\n"),
    ]
    assert isinstance(pieces[-1], ModelEnd)
    assert pieces[-1].reason == "complete"
    assert pieces[-1].usage.output_tokens > 0
    assert pieces[-1].model


async def test_text_keeps_every_character(rig: Rig) -> None:
    await rig.answer("Größe → 'x'\t\\n", "\r\n\u2028 data: {}\n\n")
    assert (await everything(rig))[0] == "Größe → 'x'\t\\n\r\n\u2028 data: {}\n\n"


@pytest.mark.parametrize("reason", ["complete", "length", "refused"])
async def test_the_reason_of_the_end_is_told(rig: Rig, reason: str) -> None:
    await rig.answer("x", reason=reason)
    assert (await everything(rig))[1].reason == reason


@pytest.mark.parametrize("error", [UpstreamRejected, RateLimited, UpstreamUnavailable])
async def test_a_failure_raises_and_the_next_request_may_succeed(
    rig: Rig, error: type[NexusError]
) -> None:
    await rig.fail(error)
    with pytest.raises(error):
        await everything(rig)
    await rig.answer("fine")
    assert (await everything(rig))[0] == "fine"


async def test_a_reply_that_is_cut_raises_after_its_text(rig: Rig) -> None:
    await rig.break_off("half ", "a ")
    pieces = reply(rig)
    assert await anext(pieces) == ModelText(text="half ")
    assert await anext(pieces) == ModelText(text="a ")
    with pytest.raises(UpstreamUnavailable):
        await anext(pieces)


async def test_closing_a_reply_cancels_it_at_the_vendor(rig: Rig) -> None:
    await rig.hang("half")
    async with aclosing(reply(rig)) as pieces:
        assert await anext(pieces) == ModelText(text="half")
    await rig.until_cancelled()


async def test_a_model_that_is_there_is_warmed_and_probed(rig: Rig) -> None:
    await rig.model.warm()
    await rig.model.probe()


async def test_many_replies_at_once_do_not_mix(rig: Rig) -> None:
    for number in range(8):
        await rig.answer(f"{number}", f"{number}")
    texts = [text for text, _end in await asyncio.gather(*(everything(rig) for _ in range(8)))]
    assert sorted(texts) == [f"{number}{number}" for number in range(8)]


async def test_the_second_request_reads_the_system_prompt_from_the_cache(
    anthropic: StandIn,
) -> None:
    async with on_stand_in(anthropic) as rig:
        await rig.answer("one")
        await rig.answer("two")
        first = (await everything(rig))[1].usage
        second = (await everything(rig))[1].usage
    assert first.cache_read_tokens == 0
    assert second.cache_read_tokens > 500
    assert second.input_tokens < first.input_tokens


@pytest.mark.parametrize(
    "model", ["claude-haiku-5-5", "claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-5-5"]
)
async def test_every_model_takes_the_options_it_is_sent(anthropic: StandIn, model: str) -> None:
    async with on_stand_in(anthropic, model) as rig:
        await rig.answer("fine")
        text, end = await everything(rig)
        requests = (await anthropic.told("/requests"))["requests"]
    assert (text, end.model) == ("fine", model)
    assert [request["status"] for request in requests] == [200]


async def test_thinking_first_is_left_out(anthropic: StandIn) -> None:
    async with on_stand_in(anthropic, "claude-opus-5-5") as rig:
        await rig.answer("the ", "answer")
        await anthropic.order("/faults", kind="thinking_first")
        assert (await everything(rig))[0] == "the answer"


@pytest.mark.parametrize("kind", ["overloaded_mid_stream", "garbage_sse"])
async def test_faults_in_the_middle_of_a_stream_are_unavailability(
    anthropic: StandIn, kind: str
) -> None:
    async with on_stand_in(anthropic) as rig:
        await rig.answer("a", "b", "c", "d", "e")
        await anthropic.order("/faults", kind=kind, after_deltas=2)
        with pytest.raises(UpstreamUnavailable):
            await everything(rig)


async def test_a_model_that_does_not_exist_is_refused(anthropic: StandIn) -> None:
    async with on_stand_in(anthropic, "claude-nobody-1") as rig:
        with pytest.raises(UpstreamRejected, match="ANTHROPIC_MODEL"):
            await everything(rig)
