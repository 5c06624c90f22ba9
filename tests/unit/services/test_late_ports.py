"""Ports that are made when they are first wanted: once, off the loop, one after the other."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, cast

import pytest

from dev.fakes.model import FakeModel, FakeReply
from dev.fakes.speech import FakeTranscriber
from shared.errors import UpstreamRejected
from shared.ports.model import LanguageModel, ModelMessage, ModelRequest, ModelText
from shared.ports.speech import SpeechConfig, Transcriber
from shared.services.late_ports import Late, LateModel, LateTranscriber

ASKED = ModelRequest(system="", messages=(ModelMessage(role="user", text="hi"),), max_tokens=9)
HEARD = SpeechConfig(sample_rate_hz=16_000)


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


class Making:
    """Makes one thing, as soon as it may, and keeps on which threads it was asked to."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.threads: list[threading.Thread] = []
        self.may = threading.Event()
        self.may.set()

    def __call__(self) -> Any:
        self.threads.append(threading.current_thread())
        assert self.may.wait(10)
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def late_model(make: Callable[[], LanguageModel], thread: ThreadPoolExecutor) -> LateModel:
    return LateModel(Late("anthropic", make, thread))


async def test_nothing_is_made_before_it_is_wanted(thread: ThreadPoolExecutor) -> None:
    make = Making(FakeModel())
    await late_model(make, thread).close()
    assert make.threads == []


async def test_all_that_is_wanted_at_once_is_made_once_on_another_thread(
    thread: ThreadPoolExecutor,
) -> None:
    make = Making(FakeModel(FakeReply(pieces=["a", "b"])))
    late = late_model(make, thread)
    await asyncio.gather(late.warm(), late.probe(), late.warm())
    said = [part async for part in late.stream(ASKED)]
    assert [part.text for part in said if isinstance(part, ModelText)] == ["a", "b"]
    assert make.made.warmed == 2
    [only] = make.threads
    assert only is not threading.main_thread()
    await late.close()
    assert make.made.closed


async def test_no_two_are_made_at_the_same_time(thread: ThreadPoolExecutor) -> None:
    speech, model = Making(FakeTranscriber()), Making(FakeModel())
    speech.may.clear()
    first: Late[Transcriber] = Late("assemblyai", speech, thread)
    second: Late[LanguageModel] = Late("anthropic", model, thread)
    both = asyncio.gather(first.get(), second.get())
    while not speech.threads:
        await asyncio.sleep(0)
    assert model.threads == []
    speech.may.set()
    assert tuple(await both) == (speech.made, model.made)


async def test_one_that_goes_away_while_it_waits_leaves_the_rest_to_the_others(
    thread: ThreadPoolExecutor,
) -> None:
    make = Making(FakeTranscriber())
    make.may.clear()
    late = LateTranscriber(Late("assemblyai", make, thread))
    gone = asyncio.create_task(late.open(HEARD, lambda _: None))
    stays = asyncio.create_task(late.open(HEARD, lambda _: None))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    make.may.set()
    assert await stays is make.made.streams[0]
    assert (gone.cancelled(), len(make.threads), len(make.made.streams)) == (True, 1, 1)


async def test_closing_a_stream_early_closes_the_models_own(thread: ThreadPoolExecutor) -> None:
    make = Making(FakeModel(FakeReply(pieces=["a", asyncio.Event()])))
    late = late_model(make, thread)
    async with aclosing(cast(Any, late.stream(ASKED))) as reply:
        await anext(reply)
    assert make.made.cancelled == 1


async def test_an_sdk_that_cannot_be_imported_is_a_refusal_for_all_and_is_not_tried_again(
    thread: ThreadPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    make = Making(ModuleNotFoundError("No module named 'jiter'", name="jiter"))
    late = late_model(make, thread)
    for _ in range(2):
        with pytest.raises(UpstreamRejected, match="anthropic") as refused:
            await late.probe()
        assert (refused.value.service, refused.value.retryable) == ("anthropic", False)
    await late.warm()  # which never raises
    await late.close()
    assert len(make.threads) == 1
    logged = capsys.readouterr().out
    assert "sdk not loaded" in logged
    assert "jiter" in logged
