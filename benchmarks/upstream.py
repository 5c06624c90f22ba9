"""A speech service that recognises nothing: it counts audio, and answers it with small turns.

It speaks as much of AssemblyAI's streaming protocol (v3) as the relays need: Begin, a heartbeat
every 5 s, Terminate, and a partial Turn when a stream's audio crosses a mark. The turn's text is
the mark's number, so that whoever sent the audio knows which frame is answered. A stand-in that
really recognises would take more CPU than everything that is measured here.

Messages: https://www.assemblyai.com/docs/speech-to-text/universal-streaming/message-sequence
"""

import argparse
import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from dev.launcher.ports import HOST

BYTES_PER_MS: Final = 32  # 16 kHz, 16-bit, mono
MARK_MS: Final = 500
CONTROL_PATH: Final = "/control"
_HEARTBEAT_S: Final = 5.0
_HOUR_S: Final = 3600


def begin(number: int) -> str:
    """The message that opens a session and confirms what the product asks for."""
    configuration = {
        "model": "universal-3-6-pro",
        "mode": "min_latency",
        "api_version": "2025-05-12",
        "speaker_labels": False,
        "redact_pii": False,
        "filter_profanity": False,
        "domain": None,
        "voice_focus": None,
    }
    ends = int(time.time()) + _HOUR_S
    return _json(
        {
            "type": "Begin",
            "id": f"00000000-0000-4000-8000-{number:012d}",
            "expires_at": ends,
            "configuration": configuration,
        }
    )


def turn(text: str, *, order: int, at_ms: int, final: bool) -> str:
    """A Turn whose only word was spoken within the 200 ms before `at_ms`."""
    word = {
        "text": text,
        "start": max(0, at_ms - 200),
        "end": at_ms,
        "confidence": 0.9,
        "word_is_final": final,
    }
    return _json(
        {
            "type": "Turn",
            "turn_order": order,
            "turn_is_formatted": final,
            "end_of_turn": final,
            "transcript": text,
            "end_of_turn_confidence": float(final),
            "words": [word],
            "utterance": text if final else "",
        }
    )


def heartbeat(audio_ms: int) -> str:
    """A sign of life; without one the product takes the line for deaf after 10 s."""
    return _json(
        {
            "type": "Heartbeat",
            "total_audio_received_ms": audio_ms,
            "total_duration_ms": audio_ms,
            "realtime_factor": 1.0,
            "max_speech_probability": 0.9,
        }
    )


def _json(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))


@dataclass(slots=True)
class Sink:
    """All streams of one run. `marking`: marks are answered. `received`: bytes of audio so far."""

    begin_after_s: float = 0.0
    marking: bool = False
    received: int = 0
    _streams: int = 0
    _live: dict[ServerConnection, int] = field(default_factory=dict)

    async def take(self, socket: ServerConnection) -> None:
        """Serve one connection until it ends."""
        assert socket.request is not None
        with suppress(ConnectionClosed):
            if socket.request.path == CONTROL_PATH:
                await self._control(socket)
            else:
                await self._stream(socket)

    async def beat(self) -> None:
        """Send heartbeats until cancelled."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            for socket, audio in list(self._live.items()):
                with suppress(ConnectionClosed):
                    await socket.send(heartbeat(audio // BYTES_PER_MS))

    async def _control(self, socket: ServerConnection) -> None:
        """`mark` switches the answers on; every message is answered with the bytes so far."""
        async for message in socket:
            self.marking = self.marking or message == "mark"
            await socket.send(str(self.received))

    async def _stream(self, socket: ServerConnection) -> None:
        self._streams += 1
        await asyncio.sleep(self.begin_after_s)
        await socket.send(begin(self._streams))
        self._live[socket] = 0
        try:
            await self._listen(socket)
        finally:
            del self._live[socket]

    async def _listen(self, socket: ServerConnection) -> None:
        audio, order, mark = 0, 0, MARK_MS * BYTES_PER_MS
        async for message in socket:
            if isinstance(message, str):
                if '"ForceEndpoint"' in message:
                    await socket.send(turn("", order=order, at_ms=0, final=True))
                    order += 1
                elif '"Terminate"' in message:
                    return
                continue
            audio += len(message)
            self.received += len(message)
            self._live[socket] = audio
            while audio >= mark:
                number = mark // (MARK_MS * BYTES_PER_MS)
                mark += MARK_MS * BYTES_PER_MS
                if self.marking:
                    text = turn(str(number), order=order, at_ms=number * MARK_MS, final=False)
                    await socket.send(text)


async def _run(port: int, begin_after_s: float) -> None:
    sink = Sink(begin_after_s)
    async with serve(sink.take, HOST, port, compression=None, ping_interval=None):
        await sink.beat()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--begin-after", type=float, default=0.0, help="seconds until Begin")
    asked = parser.parse_args()
    asyncio.run(_run(asked.port, asked.begin_after))


if __name__ == "__main__":
    main()
