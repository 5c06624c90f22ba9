"""Make the spoken commands under tests/data/recordings/ again, with the flite synthesiser.

Run from the root of the repository: ``python scripts/make_recordings.py``. It writes one 16 kHz
mono 16-bit WAV per sentence and ``manifest.json``. Needs the program ``flite`` (Debian package
``flite``); its voices are deterministic, so an unchanged sentence gives an unchanged file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

RATE_HZ = 16_000
LEAD_MS = 300
TAIL_MS = 900

SENTENCES: dict[str, tuple[str, ...]] = {
    "create": (
        "create a function that adds two numbers",
        "write a class for a bank account with deposit and withdraw methods",
        "make a function that reverses a string",
        "build an endpoint that returns the current time as json",
        "create a new file called utils dot py with a function to read a csv file",
        "add a new function that checks whether a number is prime",
        "generate a python script that counts the words in a text file",
        "i need a javascript function that removes duplicates from an array",
        "write an async function that fetches a url and retries three times",
        "create a decorator that measures how long a function takes",
    ),
    "modify": (
        "add error handling to it",
        "rename the variable total to amount",
        "change the function so that it accepts a list of strings",
        "make it return a dictionary instead of a tuple",
        "refactor this loop into a list comprehension",
        "add type hints to the function",
        "move the helper functions to a separate module",
        "update the login method to check the user id first",
        "convert this callback to async await",
        "remove the print statements in file server dot py",
    ),
    "debug": (
        "why does this function return none",
        "fix the bug in the sort function",
        "this test fails with a key error",
        "i get an index out of range exception when the list is empty",
        "the loop never stops what is wrong",
        "find the memory leak in the cache class",
        "debug the parser it crashes on an empty string",
        "why is the response undefined in this callback",
        "it throws a type error when i pass a number",
        "fix the off by one error in the pagination code",
    ),
    "test": (
        "write unit tests for this function",
        "add a test for the empty list",
        "create a test that checks the error message",
        "test the add function with negative numbers",
        "write a pytest fixture for the database connection",
        "add tests for the edge cases",
        "generate test cases for the validate email function",
        "mock the api call in the test",
        "write integration tests for the login endpoint",
        "cover the exception path with a test",
    ),
    "explain": (
        "explain what this function does",
        "what does this regular expression match",
        "how does the cache work",
        "explain the difference between a list and a tuple",
        "walk me through this code",
        "what is the time complexity of this algorithm",
        "describe the parameters of the constructor",
        "tell me why we need a lock here",
        "summarize what the module does",
        "what happens when the queue is full",
    ),
}

VOICES = ("slt", "rms")


def speak(flite: str, voice: str, text: str) -> bytes:
    """Return the raw samples (16 kHz, mono, s16le) of one spoken sentence.

    Raises:
        subprocess.CalledProcessError: flite failed or has no such voice.
        ValueError: the voice does not speak 16 kHz mono.
    """
    with tempfile.NamedTemporaryFile(suffix=".wav") as target:
        command = [flite, "-voice", voice, "-t", text, "-o", target.name]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(target.name, "rb") as spoken:
            if (spoken.getframerate(), spoken.getnchannels()) != (RATE_HZ, 1):
                raise ValueError(f"the voice {voice} does not speak 16 kHz mono")
            return spoken.readframes(spoken.getnframes())


def write_wav(path: Path, samples: bytes) -> None:
    """Write samples (16 kHz, mono, s16le) with silence before and after, as a person's take has."""
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE_HZ)
        target.writeframes(silence(LEAD_MS) + samples + silence(TAIL_MS))


def silence(duration_ms: int) -> bytes:
    """Return ``duration_ms`` milliseconds of digital silence."""
    return bytes(2 * RATE_HZ * duration_ms // 1000)


def make_all(folder: Path, flite: str) -> list[dict[str, str]]:
    """Write every recording into ``folder`` and return the manifest's rows."""
    rows = []
    for intent, sentences in SENTENCES.items():
        for number, text in enumerate(sentences):
            voice = VOICES[number % len(VOICES)]
            name = f"{intent}-{number:02d}-{voice}.wav"
            write_wav(folder / name, speak(flite, voice, text))
            rows.append({"file": name, "voice": voice, "text": text, "intent": intent})
    return rows


def main() -> int:
    """Write the recordings and their manifest; 1 if flite is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent.parent / "tests" / "data" / "recordings"
    parser.add_argument("--folder", type=Path, default=default)
    folder = parser.parse_args().folder
    flite = shutil.which("flite")
    if flite is None:
        print("flite is not installed (Debian: apt-get install flite)", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    rows = make_all(folder, flite)
    (folder / "manifest.json").write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
