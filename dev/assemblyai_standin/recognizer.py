"""Speech recognition with pocketsphinx: one engine in this process, or a pool of processes.

pocketsphinx holds the interpreter's lock while it decodes, so a server that must not block runs
its engines in processes of their own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pocketsphinx

from dev.assemblyai_standin.audio import BYTES_PER_MS
from dev.assemblyai_standin.keyterms import JOINT, Bias, make_bias
from dev.assemblyai_standin.model_files import ModelFiles, prepare, pronunciations
from dev.assemblyai_standin.words import Word, spread

MS_PER_FRAME = 10
TERM_WEIGHT = 100.0
"""How much likelier than a word at random (1 in 4,000) a key term is."""

_SHORTEST_MS = 100
_SEARCH = "main"
_NO_WORDS = "<[+"  # how the marks of silence and noise begin
_VARIANT = re.compile(r"\(\d+\)$")


class Engine:
    """One pocketsphinx decoder over the built model; not safe for two threads at once.

    Args:
        files: what ``model_files.prepare`` returned.
    """

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._bias: Bias = ()
        self._decoder = self._make(())

    def _make(self, bias: Bias) -> pocketsphinx.Decoder:
        decoder = pocketsphinx.Decoder(lm=None, dict=str(self._files.dictionary), loglevel="FATAL")
        path = str(self._files.language_model)
        model = pocketsphinx.NGramModel(decoder.config, decoder.logmath, path)
        for entry, phones in bias:
            decoder.add_word(entry, phones, False)
            model.add_word(entry, TERM_WEIGHT)
        decoder.add_lm(_SEARCH, model)
        decoder.activate_search(_SEARCH)
        return decoder

    def transcribe(self, pcm: bytes, bias: Bias = ()) -> tuple[Word, ...]:
        """Return the words of one stretch of speech.

        Args:
            pcm: 16 kHz s16le mono; times in the result count from its start.
            bias: what is favoured in this call, and only in it: a decoder with the terms of
                another session is replaced, which takes 20 ms.
        """
        if len(pcm) < _SHORTEST_MS * BYTES_PER_MS:
            return ()
        if bias != self._bias:
            self._decoder, self._bias = self._make(bias), bias
        # Called deprecated, but without it the noise of one call is subtracted from the next one,
        # and what is heard depends on who spoke before.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._decoder.start_stream()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        return tuple(self._words())

    def _words(self) -> Iterator[Word]:
        if self._decoder.hyp() is None:
            return
        for segment in self._decoder.seg():
            if segment.word[0] not in _NO_WORDS:
                yield from spread(
                    _VARIANT.sub("", segment.word).replace(JOINT, " "),
                    segment.start_frame * MS_PER_FRAME,
                    (segment.end_frame + 1) * MS_PER_FRAME,
                    round(min(max(segment.prob, 0.0), 1.0), 3),
                )


class RecognizerPool:
    """Engines in processes of their own, for many sessions at once.

    Args:
        cache: folder of the built model.
        workers: number of engines (about 45 MB each), started with the first call.
    """

    def __init__(self, cache: Path, workers: int) -> None:
        files = prepare(cache)
        self._said = pronunciations()
        self.workers = workers
        self.busy = 0
        self.calls = 0
        self._pool = ProcessPoolExecutor(
            max_workers=workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(files,),
        )

    async def warm(self) -> None:
        """Start every engine, so that the first sentence does not wait for it."""
        silence = bytes(_SHORTEST_MS * BYTES_PER_MS)
        await asyncio.gather(*(self.transcribe(silence, (), 0) for _ in range(self.workers)))

    def bias(self, terms: Sequence[str]) -> Bias:
        """Return what to favour for these key terms."""
        return make_bias(terms, self._said)

    def saturated(self) -> bool:
        """Tell whether a call would have to wait for others."""
        return self.busy >= self.workers

    async def transcribe(self, pcm: bytes, bias: Bias, start_ms: int) -> tuple[Word, ...]:
        """Return the words of 16 kHz s16le audio that begins ``start_ms`` into the session."""
        self.busy += 1
        self.calls += 1
        try:
            loop = asyncio.get_running_loop()
            words = await loop.run_in_executor(self._pool, _transcribe, pcm, bias)
        finally:
            self.busy -= 1
        return tuple(
            replace(word, start_ms=word.start_ms + start_ms, end_ms=word.end_ms + start_ms)
            for word in words
        )

    def close(self) -> None:
        """Stop the engines; calls that wait are cancelled."""
        self._pool.shutdown(wait=True, cancel_futures=True)


# One engine for each worker process, set by the pool's initializer: a process pool has no other
# way to keep state between calls.
_engine: Engine | None = None


def _start_worker(files: ModelFiles) -> None:
    global _engine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the parent ends us
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _engine = Engine(files)


def _leave_with_parent() -> None:
    """End this process when the server was killed without a chance to stop its pool."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _transcribe(pcm: bytes, bias: Bias) -> tuple[Word, ...]:
    if _engine is None:
        raise RuntimeError("the worker was not initialised")
    return _engine.transcribe(pcm, bias)
