"""Audio in any allowed encoding and rate, made into what recognition takes: 16 kHz s16le mono."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
BYTES_PER_MS = 2 * RATE_HZ // 1000
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS

_HALF_TAPS = 16
_KAISER_BETA = 8.0
_LOUDEST = 32_767


class Resampler:
    """A streaming polyphase low-pass filter from one sample rate to 16 kHz.

    Args:
        rate_hz: the rate of the input, 8000-96000.

    The filter is a Kaiser-windowed sinc. It delays the audio by 16 samples of the lower rate
    (2 ms at 8 kHz, 1 ms from 16 kHz up).
    """

    def __init__(self, rate_hz: int) -> None:
        common = gcd(rate_hz, RATE_HZ)
        self._up, self._down = RATE_HZ // common, rate_hz // common
        self._phases = self._filter()
        self._kept = np.zeros(self._phases.shape[1] - 1, dtype=np.float64)
        self._next = 0  # place of the next output sample, in steps of 1 / (rate * up)

    def _filter(self) -> NDArray[np.float64]:
        """Return the taps, one row for each phase, newest sample first."""
        widest = max(self._up, self._down)
        half = _HALF_TAPS * widest
        at = np.arange(-half, half + 1)
        taps = np.sinc(at / widest) * np.kaiser(2 * half + 1, _KAISER_BETA)
        taps *= self._up / taps.sum()
        per_phase = -(-len(taps) // self._up)
        padded = np.zeros(per_phase * self._up)
        padded[: len(taps)] = taps
        return np.ascontiguousarray(padded.reshape(per_phase, self._up).T)

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the output that these input samples complete."""
        if self._up == self._down:
            return samples
        line = np.concatenate((self._kept, samples.astype(np.float64)))
        places = np.arange(self._next, len(samples) * self._up, self._down)
        self._next = self._next + len(places) * self._down - len(samples) * self._up
        width = self._phases.shape[1]
        self._kept = line[len(line) - width + 1 :]
        windows = np.lib.stride_tricks.sliding_window_view(line, width)[places // self._up]
        out = np.einsum("ij,ij->i", windows[:, ::-1], self._phases[places % self._up])
        whole: NDArray[np.int16] = np.clip(np.rint(out), -_LOUDEST - 1, _LOUDEST).astype(np.int16)
        return whole


class Decoder:
    """Turns binary messages into 16 kHz samples, and tells how long each one lasts.

    Args:
        encoding: ``pcm_s16le`` or ``pcm_mulaw``.
        rate_hz: the rate of the input.
    """

    def __init__(self, encoding: str, rate_hz: int) -> None:
        self._width = 1 if encoding == "pcm_mulaw" else 2
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz)

    def duration_ms(self, message: bytes) -> float:
        """Return how many milliseconds of audio a message holds."""
        return len(message) / self._width * 1000 / self._rate_hz

    def push(self, message: bytes) -> bytes:
        """Return the message's audio as 16 kHz s16le; an odd last byte of 16-bit audio is lost."""
        if self._width == 1:
            samples = _MULAW[np.frombuffer(message, dtype=np.uint8)]
        else:
            samples = np.frombuffer(message[: len(message) // 2 * 2], dtype="<i2")
        return self._resampler.push(samples).astype("<i2").tobytes()


def _mulaw_table() -> NDArray[np.int16]:
    """Return the value of each mu-law byte (ITU-T G.711, table 2a)."""
    byte = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (byte >> 4) & 7, (byte & 15).astype(np.int32)
    size = ((2 * mantissa + 33) << exponent) - 33
    return (np.where(byte & 0x80, -size, size) * 4).astype(np.int16)


_MULAW = _mulaw_table()
