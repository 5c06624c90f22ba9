"""A voice client for tests: the WebSocket contract, spoken and typed, without a browser."""

import json
import time
import uuid
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

RATE_HZ = 16_000
FRAME = RATE_HZ // 10 * 2
Message = dict[str, Any]


def new_user() -> str:
    """A user that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


def read_wav(path: Path) -> bytes:
    """The samples of a 16 kHz mono 16-bit recording."""
    with wave.open(str(path), "rb") as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (RATE_HZ, 1)
        return recording.readframes(recording.getnframes())


class VoiceClient:
    """One connection; `messages` holds everything that came, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[Message] = []

    def start(self, **options: Any) -> Message:
        """Open in streaming mode; the `ready` message."""
        self.send(type="start", **options)
        return self.wait_for("ready")

    def send(self, **message: Any) -> None:
        """Send a text message."""
        self.socket.send(json.dumps(message))

    def say(self, pcm: bytes, *, silence_s: float = 0.0) -> None:
        """Speak at real time, 100 ms a message, and then be silent."""
        audio = pcm + bytes(int(RATE_HZ * silence_s) * 2)
        began = time.monotonic()
        for number, at in enumerate(range(0, len(audio), FRAME)):
            self.socket.send(audio[at : at + FRAME])
            self._listen_until(began + 0.1 * (number + 1))

    def type_command(self, text: str, timeout_s: float = 30) -> Message:
        """Type a command and wait for its result."""
        seen = len(self.messages)
        self.send(type="text", text=text)
        return self.wait_for("result", after=seen, timeout_s=timeout_s)

    def wait_for(
        self, kind: str, *, after: int = 0, timeout_s: float = 30, **fields: Any
    ) -> Message:
        """The first message of a type, with these fields, from position `after` on.

        Raises:
            AssertionError: it did not come in time, or the connection closed before.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            for message in self.messages[after:]:
                if message["type"] == kind and fields.items() <= message.items():
                    return message
            assert time.monotonic() < deadline, f"no {kind} {fields} in {self.kinds()}"
            self._take(deadline)

    def closed(self, timeout_s: float = 30) -> int:
        """Wait until the server closes; the close code."""
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                assert time.monotonic() < deadline, f"still open after {self.kinds()}"
                self._take(deadline)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006

    def kinds(self) -> list[str]:
        """The types of what came, for messages of failed tests."""
        return [str(message["type"]) for message in self.messages]

    def of(self, kind: str) -> list[Message]:
        """All messages of a type so far."""
        return [message for message in self.messages if message["type"] == kind]

    def _listen_until(self, moment: float) -> None:
        while (left := moment - time.monotonic()) > 0:
            try:
                self.messages.append(json.loads(self.socket.recv(left)))
            except TimeoutError:
                return

    def _take(self, deadline: float) -> None:
        try:
            text = self.socket.recv(max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            return
        self.messages.append(json.loads(text))


@contextmanager
def speaking(ws_url: str, user: str, **options: Any) -> Iterator[VoiceClient]:
    """A connection as `user`; `options` as of `websockets.sync.client.connect`."""
    with connect(f"{ws_url}/voice/{user}", **options) as socket:
        yield VoiceClient(socket)
