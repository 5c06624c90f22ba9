"""The main job against the whole product: speak a command, get code, find it in the history."""

import ast
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from dev.launcher.toolchain import ROOT
from tests.support.stack import Stack
from tests.support.voice_client import Message, new_user, read_wav, speaking

RECORDINGS = ROOT / "tests" / "data" / "recordings"
AT_ONCE = 10  # speakers: decoding takes a twentieth of a core for each


def recordings() -> list[dict[str, Any]]:
    """The manifest of the recordings."""
    found: list[dict[str, Any]] = json.loads((RECORDINGS / "manifest.json").read_text("utf8"))
    return found


def history(stack: Stack, user: str, **query: Any) -> dict[str, Any]:
    """A page of the user's history."""
    url = f"{stack.run['base_url']}/voice/history/{user}"
    answer = requests.get(url, params=query, timeout=10)
    answer.raise_for_status()
    page: dict[str, Any] = answer.json()
    return page


def speak(stack: Stack, user: str, recording: Path) -> tuple[Message, int]:
    """Speak one recording hands-free: the result of its command, and in how many turns it came."""
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        client.type_command("create a function called total that adds the numbers in a list")
        seen = len(client.messages)
        client.say(read_wav(recording), silence_s=2.5)
        result = client.wait_for("result", after=seen, timeout_s=60)
        return result, len({each["turn"] for each in client.messages[seen:] if each.get("turn")})


def words(text: str) -> list[str]:
    """Its words as they are compared: "utils dot py" is one."""
    return re.sub(r"[.?](?=\s|$)", "", text.lower().replace(" dot ", ".")).split()


def wrong_words(said: list[str], heard: list[str]) -> int:
    """The fewest words that were put in, left out or taken for others."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, start=1):
        before, row = row, [i]
        for j, other in enumerate(heard, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (word != other)))
    return row[-1]


def test_fifty_recordings_keep_their_words_and_ninety_percent_their_intent(stack: Stack) -> None:
    """Each speaker first types a function, so that there is something to modify or explain."""

    def spoken(entry: dict[str, Any]) -> tuple[dict[str, Any], int]:
        user = new_user()
        result, turns = speak(stack, user, RECORDINGS / entry["file"])
        if result["result"]["language"] == "python" and result["result"]["code"]:
            ast.parse(result["result"]["code"])
        return history(stack, user, limit=1)["interactions"][0], turns

    entries = recordings()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        kept = list(pool.map(spoken, entries))
    assert len(kept) == 50
    assert [turns for _, turns in kept] == [1] * 50
    heard = [words(interaction["raw_transcript"]) for interaction, _ in kept]
    for voice in {entry["voice"] for entry in entries}:
        pairs = [
            (words(entry["text"]), said)
            for entry, said in zip(entries, heard, strict=True)
            if entry["voice"] == voice
        ]
        wrong = sum(wrong_words(*pair) for pair in pairs)
        assert wrong <= 0.12 * sum(len(text) for text, _ in pairs), f"{voice}: {wrong} words"
        print(f"{voice}: {wrong} words of {sum(len(text) for text, _ in pairs)} wrong")
    right = sum(
        each["intent"] == got["intent"] for each, (got, _) in zip(entries, kept, strict=True)
    )
    assert right >= 45, f"{right} of 50 right"


def test_a_spoken_command_streams_working_code_and_stands_in_the_history(stack: Stack) -> None:
    user = new_user()
    entry = next(e for e in recordings() if e["intent"] == "create")
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        client.say(read_wav(RECORDINGS / entry["file"]), silence_s=2.5)
        result = client.wait_for("result")
    ast.parse(result["result"]["code"])
    deltas = client.of("code")
    assert len(deltas) > 2
    assert "".join(m["delta"] for m in deltas) == result["result"]["code"]
    kinds = client.kinds()
    assert kinds.index("intent") < kinds.index("code") < kinds.index("result")
    assert [m["seq"] for m in client.messages] == list(range(1, len(client.messages) + 1))
    [stored] = history(stack, user)["interactions"]
    assert (stored["id"], stored["state"]) == (result["interaction_id"], "done")
    assert stored["result"] == result["result"]
    assert stored["timings"]["total_ms"] > 0
    assert stored["timings"]["speech_end_to_final_ms"] is not None


def test_the_eleventh_command_pushes_the_first_out_of_the_window(stack: Stack) -> None:
    user = new_user()
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        for number in range(11):
            client.type_command(f"create a function called step_{number} that adds two numbers")
    url = f"{stack.run['base_url']}/voice/context/{user}"
    commands = requests.get(url, timeout=10).json()["commands"]
    assert len(commands) == 10
    assert "step_1 " in commands[0]["transcript"]
    assert "step_10 " in commands[-1]["transcript"]
    first = history(stack, user, limit=6)
    second = history(stack, user, limit=6, cursor=first["next_cursor"])
    turns = [i["turn"] for i in first["interactions"] + second["interactions"]]
    assert turns == list(range(11, 0, -1))


def test_a_follow_up_changes_the_code_of_the_command_before(stack: Stack) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.type_command("create a function called area that multiplies two numbers")
        changed = client.type_command("rename it to surface")
    assert changed["intent"] == "modify"
    assert "def surface" in changed["result"]["code"]


def test_plain_mode_turns_one_buffer_into_one_result(stack: Stack) -> None:
    entry = next(e for e in recordings() if e["intent"] == "create")
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.socket.send(read_wav(RECORDINGS / entry["file"]))
        result = client.wait_for("result")
    assert client.kinds() == ["result"]
    ast.parse(result["result"]["code"])


def test_push_to_talk_gives_the_result_without_trailing_silence(stack: Stack) -> None:
    entry = next(e for e in recordings() if e["intent"] == "create")
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start(mode="push_to_talk")
        client.say(read_wav(RECORDINGS / entry["file"]))
        client.send(type="end_turn")
        result = client.wait_for("result")
    assert result["intent"] == "create"


def test_two_sessions_of_one_user_share_the_window(stack: Stack) -> None:
    user = new_user()
    with speaking(stack.run["ws_url"], user) as one, speaking(stack.run["ws_url"], user) as other:
        one.start()
        other.start()
        one.type_command("create a function called left that adds two numbers")
        other.type_command("create a function called right that adds two numbers")
        context = requests.get(f"{stack.run['base_url']}/voice/context/{user}", timeout=10).json()
    assert len(context["commands"]) == 2


def test_an_erased_history_is_invisible_at_once(stack: Stack) -> None:
    user = new_user()
    with speaking(stack.run["ws_url"], user) as client:
        client.start()
        client.type_command("create a function that adds two numbers")
    url = f"{stack.run['base_url']}/voice/history/{user}"
    assert requests.delete(url, timeout=10).status_code == 204
    assert history(stack, user)["interactions"] == []
    context = requests.get(f"{stack.run['base_url']}/voice/context/{user}", timeout=10).json()
    assert context["commands"] == []
