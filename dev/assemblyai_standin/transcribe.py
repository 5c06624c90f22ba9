"""Recognise recordings offline: ``python -m dev.assemblyai_standin.transcribe [FOLDER]``.

Every recording named in the folder's ``manifest.json`` goes through the same endpointer, rules of
turns and recogniser as a live session, only faster. Writes ``transcripts.json`` beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import wave
from dataclasses import replace
from pathlib import Path

from dev.assemblyai_standin.formatter import assemble, punctuate
from dev.assemblyai_standin.listener import Listener
from dev.assemblyai_standin.model_files import prepare
from dev.assemblyai_standin.recognizer import Engine
from dev.assemblyai_standin.turn_events import SendTurn, TurnRules
from dev.assemblyai_standin.words import Word

MIN_LATENCY = TurnRules(min_turn_silence_ms=128, max_turn_silence_ms=640, interruption_delay_ms=0)


def read_wav(path: Path) -> bytes:
    """Return the samples of a WAV file.

    Raises:
        ValueError: it is not 16 kHz mono 16-bit.
    """
    with wave.open(str(path), "rb") as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (16_000, 1, 2):
            raise ValueError(f"{path.name} is not 16 kHz mono 16-bit")
        return file.readframes(file.getnframes())


async def final_turns(engine: Engine, pcm: bytes, rules: TurnRules = MIN_LATENCY) -> list[str]:
    """Return the text of each final turn of 16 kHz s16le audio."""

    async def transcribe(stretch: bytes, start_ms: int) -> tuple[Word, ...]:
        return tuple(
            replace(word, start_ms=word.start_ms + start_ms, end_ms=word.end_ms + start_ms)
            for word in engine.transcribe(stretch)
        )

    listener = Listener(rules, 0.2, transcribe)
    effects = [effect async for effect in listener.push(pcm)]
    effects += [effect async for effect in listener.end_now()]
    return [
        " ".join(word.text for word in punctuate(assemble(effect.words)))
        for effect in effects
        if isinstance(effect, SendTurn) and effect.final
    ]


def main() -> None:
    """Write ``transcripts.json`` for a folder of recordings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("tests/data/recordings"))
    parser.add_argument("--cache-dir", type=Path, default=Path(".local/cache/speech"))
    arguments = parser.parse_args()
    engine = Engine(prepare(arguments.cache_dir))
    rows = json.loads((arguments.folder / "manifest.json").read_text(encoding="utf-8"))
    for row in rows:
        turns = asyncio.run(final_turns(engine, read_wav(arguments.folder / row["file"])))
        row["recognised"] = " ".join(turns)
    target = arguments.folder / "transcripts.json"
    target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
