"""What the voice service's probe says, of an engine whose loop runs, hangs or is gone."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.fakes.identity import FakeIdentity
from shared.http.voice_ws import create_app
from shared.services import voice_engine
from shared.services.voice_engine import VoiceEngine
from shared.voice.opening import Limits
from tests.unit.http.house import settings_with


class Transport:
    def prepare(self, app: Any, subprotocols: tuple[str, ...]) -> None:
        """There is no socket here."""

    def serve(self, ws: Any, open_handler: Callable[[Any], Any]) -> None:
        del ws, open_handler
        raise AssertionError("nobody connects")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[VoiceEngine]:
    monkeypatch.setattr(voice_engine, "_TURN_S", 0.2)
    limits = Limits(daily_audio_ms=1, daily_model_calls=1, history_days=1)
    engine = VoiceEngine(lambda: pytest.fail("no ports are made"), limits)
    yield engine
    if not engine.loop.is_closed():
        engine.loop.close()


def status(engine: VoiceEngine) -> int:
    app = create_app(settings_with(), FakeIdentity(), engine, Transport())
    return app.test_client().get("/healthz").status_code


def run(loop: asyncio.AbstractEventLoop) -> threading.Thread:
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    return thread


def end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def test_a_loop_that_takes_turns_is_healthy(
    engine: VoiceEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_engine, "_TURN_S", 20)
    thread = run(engine.loop)
    assert status(engine) == 200
    end(engine.loop, thread)


def test_a_loop_that_hangs_is_unhealthy_and_well_again_when_it_goes_on(
    engine: VoiceEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, go_on = run(engine.loop), threading.Event()
    engine.loop.call_soon_threadsafe(go_on.wait, 30)
    assert status(engine) == 503
    go_on.set()
    monkeypatch.setattr(voice_engine, "_TURN_S", 20)
    assert status(engine) == 200
    end(engine.loop, thread)


def test_a_loop_whose_thread_is_gone_is_unhealthy(engine: VoiceEngine) -> None:
    end(engine.loop, run(engine.loop))
    assert status(engine) == 503
    engine.loop.close()
    assert status(engine) == 503
