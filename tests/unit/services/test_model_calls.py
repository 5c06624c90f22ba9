"""Asking the model from a thread that has no event loop."""

import asyncio
from collections.abc import AsyncGenerator, Generator

import pytest

from shared.errors import UpstreamUnavailable
from shared.ports.model import ModelEnd, ModelMessage, ModelRequest, ModelText, ModelUsage
from shared.services.model_calls import ModelAnswer, ModelCalls

REQUEST = ModelRequest(
    system="s", messages=(ModelMessage(role="user", text="plan it"),), max_tokens=100
)
END = ModelEnd(reason="complete", usage=ModelUsage(output_tokens=2), model="m")


class ScriptedModel:
    """Says its pieces; `stays` makes it hang after them, `fault` makes it fail."""

    def __init__(self, *pieces: str, fault: Exception | None = None, stays: bool = False) -> None:
        self.pieces, self.fault, self.stays = pieces, fault, stays
        self.closed = self.cancelled = False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelText | ModelEnd, None]:
        assert request == REQUEST
        for piece in self.pieces:
            yield ModelText(text=piece)
        try:
            await asyncio.sleep(3600 if self.stays else 0)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.fault:
            raise self.fault
        yield END

    async def warm(self) -> None:
        """Nothing to warm."""

    async def probe(self) -> None:
        """Always well."""

    async def close(self) -> None:
        self.closed = True


def test_a_whole_answer_comes_back_and_the_connection_is_closed() -> None:
    model = ScriptedModel("one ", "two")
    answers: list[ModelAnswer] = []

    def asking() -> Generator[int, None, None]:
        answers.append((yield from ModelCalls(lambda: model).ask(REQUEST)))

    for _ in asking():
        pass
    assert answers == [ModelAnswer("one two", END)]
    assert model.closed


def test_a_failure_of_the_model_is_raised() -> None:
    model = ScriptedModel("one", fault=UpstreamUnavailable("cut"))
    with pytest.raises(UpstreamUnavailable, match="cut"):
        list(ModelCalls(lambda: model).ask(REQUEST))
    assert model.closed


def test_a_long_answer_tells_how_far_it_is_and_closing_it_cancels_the_request() -> None:
    model = ScriptedModel("12345", stays=True)
    asking = ModelCalls(lambda: model, told_every_s=0.01).ask(REQUEST)
    while next(asking) < 5:
        pass
    asking.close()
    assert (model.cancelled, model.closed) == (True, True)
