"""What dies, hangs or goes away in the middle of a command, and what the speaker sees of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import psutil
import pytest
import requests
from websockets.exceptions import ConnectionClosed

from dev.launcher.ports import free_ports
from dev.launcher.toolchain import ROOT
from tests.support.stack import Stack
from tests.support.voice_client import FRAME, Message, VoiceClient, new_user, read_wav, speaking
from tests.support.waiting import answers, until

RECORDING = ROOT / "tests" / "data" / "recordings" / "create-00-slt.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What came of a fault: the error if there was one, the result, the history in the end."""

    result: Message
    kept: list[dict[str, Any]]
    error: Message | None = None


def order(stack: Stack, vendor: str, path: str, **body: Any) -> None:
    """Order something of a stand-in."""
    url = f"{stack.run[vendor]['control_url']}/{path}"
    requests.post(url, json=body, timeout=10).raise_for_status()


def told(stack: Stack, vendor: str, path: str) -> Any:
    """What a stand-in knows."""
    reply = requests.get(f"{stack.run[vendor]['control_url']}/{path}", timeout=10)
    reply.raise_for_status()
    return reply.json()


def asked_for(stack: Stack, words: str) -> bool:
    """Whether the model was asked something with these words."""
    asked = told(stack, "anthropic", "requests")["requests"]
    return any(words in json.dumps(each["body"]) for each in asked)


def open_lines(stack: Stack) -> int:
    """How many lines to the speech service are open."""
    return len(told(stack, "assemblyai", "sessions")["sessions"])


@pytest.fixture(autouse=True)
def _orders_end(stack: Stack) -> Iterator[None]:
    """No order outlives its test."""
    yield
    for vendor in ("assemblyai", "anthropic"):
        order(stack, vendor, "reset")


def history(stack: Stack, user: str) -> list[dict[str, Any]]:
    """The user's interactions, newest first."""
    url = f"{stack.run['base_url']}/voice/history/{user}"
    found: list[dict[str, Any]] = requests.get(url, timeout=10).json()["interactions"]
    return found


def worker_pid(stack: Stack) -> int:
    """The process that serves the sockets (gunicorn's worker)."""
    return psutil.Process(stack.run["services"]["voice_ws"]["pid"]).children()[0].pid


def back(stack: Stack) -> None:
    """Wait until the voice service takes connections again."""
    url = str(stack.run["services"]["voice_ws"]["url"]).replace("ws://", "http://")
    until(lambda: answers(f"{url}/healthz"), 60, "the voice service is back")


def until_closed(client: VoiceClient) -> None:
    """Read until the connection breaks."""
    try:
        client.closed()
    except ConnectionClosed:
        return


@contextmanager
def second_instance(stack: Stack, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Another voice process over the same Firestore and stand-ins, and its WebSocket address."""
    run, port = stack.run, free_ports(1)[0]
    service = ROOT / "run" / "voice_ws"
    env = {
        **os.environ,
        "NEXUS_PROJECT_ID": run["project_id"],
        "FIRESTORE_EMULATOR_HOST": run["firestore_emulator_host"],
        "FIREBASE_AUTH_EMULATOR_HOST": run["auth_emulator_host"],
        "NEXUS_LOCAL_IDENTITY": "1",
        "NEXUS_PUBLIC_URL": run["base_url"],
        "ASSEMBLYAI_API_KEY": "stand-in",
        "ASSEMBLYAI_BASE_URL": run["assemblyai"]["url"],
        "ANTHROPIC_API_KEY": "stand-in",
        "ANTHROPIC_BASE_URL": run["anthropic"]["base_url"],
        "PYTHONPATH": str(ROOT),
    }
    command = [str(Path(sys.executable).with_name("gunicorn")), "-c"]
    command += [str(service / "gunicorn.conf.py"), "--chdir", str(service), "-b"]
    command += [f"127.0.0.1:{port}", "--pythonpath", str(ROOT), "app:create_app()"]
    with (folder / "second.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 60, "the second instance is up")
        yield f"ws://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def elsewhere(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The WebSocket address of a second instance, for tests that let it live."""
    with second_instance(stack, tmp_path_factory.mktemp("elsewhere")) as (url, _):
        yield url


def test_killed_in_mid_generation_the_words_are_kept_and_the_result_comes_once(
    stack: Stack,
) -> None:
    user = new_user()
    order(stack, "anthropic", "faults", kind="hang", after_deltas=12, match="survivor")
    with speaking(stack.run["ws_url"], user) as client:
        session = client.start()["session_id"]
        client.send(type="text", text="create a function called survivor that adds two numbers")
        client.wait_for("code")
        os.kill(worker_pid(stack), signal.SIGKILL)
        until_closed(client)
    [kept] = history(stack, user)
    assert "survivor" in kept["transcript"]
    assert kept["state"] == "generating"
    back(stack)
    with speaking(stack.run["ws_url"], user) as client:
        ready = client.start(resume=session, last_turn=0)
        assert ready["resumed"] is True
        result = client.wait_for("result")
        assert (result["interaction_id"], result["turn"]) == (kept["id"], 1)
        client.type_command("create a function that multiplies two numbers")
        assert [m["turn"] for m in client.of("result")] == [1, 2]
    assert [i["state"] for i in history(stack, user)] == ["done", "done"]


def test_killed_in_mid_utterance_the_audio_sent_again_gives_the_command_once(
    stack: Stack,
) -> None:
    user, pcm = new_user(), read_wav(RECORDING)
    half = len(pcm) // 4 * 2
    with speaking(stack.run["ws_url"], user) as client:
        session = client.start()["session_id"]
        client.say(pcm[:half])
        os.kill(worker_pid(stack), signal.SIGKILL)
        until_closed(client)
    back(stack)
    with speaking(stack.run["ws_url"], user) as client:
        ready = client.start(resume=session, last_turn=0)
        assert ready["resume_from_ms"] == 0
        client.socket.send(pcm[:half])
        client.say(pcm[half:], silence_s=2.5)
        result = client.wait_for("result")
    assert result["intent"] == "create"
    assert [i["state"] for i in history(stack, user)] == ["done"]


def test_another_instance_knows_the_window_and_resumes_a_session_that_was_cut(
    stack: Stack, elsewhere: str
) -> None:
    user = new_user()
    with speaking(stack.run["ws_url"], user) as client:
        session = client.start()["session_id"]
        first = client.type_command("create a function called near that adds two numbers")
    with speaking(elsewhere, user) as client:
        ready = client.start(resume=session, last_turn=0)
        assert ready["resumed"] is True
        assert [c["interaction_id"] for c in ready["context"]] == [first["interaction_id"]]
        assert client.wait_for("result")["interaction_id"] == first["interaction_id"]
        renamed = client.type_command("rename it to far")
    assert "def far" in renamed["result"]["code"]
    assert renamed["turn"] == 2


def test_a_session_resumed_elsewhere_lets_the_first_connection_write_nothing_more(
    stack: Stack, elsewhere: str
) -> None:
    """Only the first connection's reply is slow: so slow that a busy machine resumes before it."""
    user = new_user()
    slow = {"latency_ms": 6000}
    order(stack, "anthropic", "faults", kind="slow", match="twice", pace=slow)
    with speaking(stack.run["ws_url"], user) as old:
        session = old.start()["session_id"]
        old.send(type="text", text="create a function called twice that adds two numbers")
        old.wait_for("status", state="generating")
        until(lambda: asked_for(stack, "twice"), 10, "the model was asked")
        with speaking(elsewhere, user) as new:
            new.start(resume=session, last_turn=0)
            result = new.wait_for("result")
        assert old.closed() == 1000
        assert old.of("result") == []
    [stored] = history(stack, user)
    assert (stored["id"], stored["state"]) == (result["interaction_id"], "done")


def test_a_store_that_is_away_for_twenty_seconds_loses_nothing(stack: Stack) -> None:
    user, other = new_user(), new_user()
    port = int(stack.run["firestore_emulator_host"].rsplit(":", 1)[1])
    emulator = next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN and c.laddr[1:] == (port,) and c.pid
    )
    with speaking(stack.run["ws_url"], user) as client, speaking(stack.run["ws_url"], other) as b:
        client.start()
        b.start()
        order(stack, "anthropic", "pace", latency_ms=1500)
        client.send(type="text", text="create a function called patient that adds two numbers")
        client.wait_for("status", state="generating")
        os.kill(emulator, signal.SIGSTOP)
        try:
            b.send(type="text", text="create a function called other that adds two numbers")
            error = client.wait_for("error", code="store_unavailable", timeout_s=20)
            assert (error["retryable"], error["turn"]) == (True, 1)
            assert client.of("result") == []
            b.wait_for("error", code="store_unavailable", timeout_s=20)
            assert b.of("code") == []
            with pytest.raises(AssertionError, match="no result"):
                client.wait_for("result", timeout_s=15)
        finally:
            os.kill(emulator, signal.SIGCONT)
        assert "patient" in client.wait_for("result", timeout_s=30)["result"]["code"]
        assert "other" in b.wait_for("result", timeout_s=30)["result"]["code"]
    assert [i["state"] for i in history(stack, user)] == ["done"]
    assert [i["state"] for i in history(stack, other)] == ["done"]


MODEL_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "http", "status": 429, "retry_after": 1, "times": 3}, "model_unavailable"),
    ({"kind": "http", "status": 529, "times": 3}, "model_unavailable"),
    ({"kind": "http", "status": 401}, "model_unavailable"),
    ({"kind": "overloaded_mid_stream"}, "model_unavailable"),
    ({"kind": "cut"}, "model_unavailable"),
    ({"kind": "hang", "where": "mid_stream"}, "model_timeout"),
    ({"kind": "refusal"}, "model_refused"),
    ({"kind": "max_tokens"}, "model_malformed"),
    ({"kind": "garbage_sse"}, "model_unavailable"),
]
STRIKES_AFTER_MS = 1200
LINE_FAULTS = ["drop", "deaf", "error", "garbage"]


def meet_fault_of_the_model(stack: Stack, user: str, fault: dict[str, Any]) -> Met:
    """Type a command whose reply fails, and retry it."""
    text = f"create a function called {user[5:]} that adds two numbers"
    order(stack, "anthropic", "faults", **fault, match=f"called {user[5:]}")
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        client.send(type="text", text=text)
        error = client.wait_for("error", timeout_s=40)
        assert client.of("result") == []
        [kept] = history(stack, user)
        assert (kept["state"], kept["transcript"]) == ("failed", text)
        client.send(type="retry", interaction_id=error["interaction_id"])
        return Met(error=error, result=client.wait_for("result"), kept=history(stack, user))


def meet_fault_of_the_line(stack: Stack, kind: str, turn: Lock, all_open: Barrier) -> Met:
    """Speak while the line to the speech service fails.

    The next line that opens takes the fault, and one that failed is opened anew: so one after the
    other opens its line with the first frame, and nobody speaks on before the last one has.
    """
    user, pcm = new_user(), read_wav(RECORDING)
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        with turn:
            order(stack, "assemblyai", "faults", kind=kind, after_ms=STRIKES_AFTER_MS)
            before = open_lines(stack)
            client.say(pcm[:FRAME])
            until(lambda: open_lines(stack) > before, 10, "the line is open")
            own_line = told(stack, "assemblyai", "requests")["sessions"][-1]["id"]
        all_open.wait(30)
        client.say(pcm[FRAME:], silence_s=4 if kind != "deaf" else 14)
        result = client.wait_for("result", timeout_s=40)
    lines = told(stack, "assemblyai", "requests")["sessions"]
    [heard_ms] = [line["audio_ms"] for line in lines if line["id"] == own_line]
    assert heard_ms >= STRIKES_AFTER_MS, "the fault has struck"
    return Met(result=result, kept=history(stack, user))


@pytest.fixture(scope="module")
def met(stack: Stack) -> dict[str, "Future[Met]"]:
    """What all faults led to, by `str` of the fault: met at once, since each is mostly waiting.

    No order is taken back meanwhile: each fault of the model knows its command by the name in it.
    """
    turn, all_open = Lock(), Barrier(len(LINE_FAULTS))
    with ThreadPoolExecutor(len(LINE_FAULTS) + len(MODEL_FAULTS)) as pool:
        ends = {
            kind: pool.submit(meet_fault_of_the_line, stack, kind, turn, all_open)
            for kind in LINE_FAULTS
        }
        for fault, _ in MODEL_FAULTS:
            ends[str(fault)] = pool.submit(meet_fault_of_the_model, stack, new_user(), fault)
    return ends


@pytest.mark.parametrize(("fault", "code"), MODEL_FAULTS)
def test_a_fault_of_the_model_is_a_typed_error_and_retry_mends_it(
    met: dict[str, "Future[Met]"], fault: dict[str, Any], code: str
) -> None:
    end = met[str(fault)].result()
    assert end.error is not None
    assert end.error["code"] == code
    assert end.result["interaction_id"] == end.error["interaction_id"]
    assert [i["state"] for i in end.kept] == ["done"]


def test_thinking_before_the_reply_is_not_shown(stack: Stack) -> None:
    order(stack, "anthropic", "faults", kind="thinking_first", match="thoughtful")
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        result = client.type_command("create a function called thoughtful that adds two numbers")
    assert result["result"]["code"].startswith("def thoughtful")


def test_a_malformed_reply_is_asked_for_again_and_never_shown(stack: Stack) -> None:
    order(stack, "anthropic", "replies", text="Sure! ```python\nrm -rf\n```", match="mended")
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        result = client.type_command("create a function called mended that adds two numbers")
    assert "rm -rf" not in "".join(m["delta"] for m in client.of("code"))
    assert result["result"]["code"].startswith("def mended")


@pytest.mark.parametrize("kind", LINE_FAULTS)
def test_a_speech_line_that_fails_in_mid_turn_costs_no_word(
    met: dict[str, "Future[Met]"], kind: str
) -> None:
    end = met[kind].result()
    assert end.result["intent"] == "create"
    assert "function" in end.result["transcript"].lower()
    assert len(end.kept) == 1


def test_a_speech_service_that_refuses_is_a_typed_error_and_typing_goes_on(stack: Stack) -> None:
    order(stack, "assemblyai", "faults", kind="refuse", code=401, times=3)
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.say(read_wav(RECORDING)[:32_000])
        assert client.wait_for("error")["code"] == "speech_unavailable"
        assert client.type_command("create a function that adds two numbers")["intent"] == "create"


def test_a_stopping_instance_lets_the_command_end_and_asks_to_resume(
    stack: Stack, tmp_path: Path
) -> None:
    user = new_user()
    with (
        second_instance(stack, tmp_path) as (url, process),
        speaking(url, user) as client,
    ):
        client.start()
        client.type_command("create a function called before that adds two numbers")
        order(stack, "anthropic", "pace", latency_ms=1000)
        client.send(type="text", text="create a function called during that adds two numbers")
        client.wait_for("status", state="generating", turn=2)
        process.terminate()
        assert client.wait_for("reconnect")["reason"] == "deploy"
        assert client.wait_for("result", turn=2)
        assert client.closed() == 1012
        assert process.wait(9) == 0
