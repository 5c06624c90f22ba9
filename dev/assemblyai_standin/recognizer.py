"""Speech recognition with pocketsphinx: one engine in this process, or a pool of processes.

pocketsphinx holds the interpreter's lock while it decodes, so a server that must not block runs
its engines in processes of their own.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import pocketsphinx

from dev.assemblyai_standin.audio import BYTES_PER_MS
from dev.assemblyai_standin.keyterms import Bias, Candidate, choose, favoured_words, make_bias
from dev.assemblyai_standin.model_files import ModelFiles, prepare, pronunciations
from dev.assemblyai_standin.words import Word, spread

MS_PER_FRAME = 10
CANDIDATES = 100
NO_BIAS = Bias()
_SHORTEST_MS = 100
_VARIANT = re.compile(r"\(\d+\)$")


class Engine:
    """One pocketsphinx decoder over the built model; not safe for two threads at once.

    Args:
        files: what ``model_files.prepare`` returned.
    """

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._additions: tuple[tuple[str, str], ...] = ()
        self._decoder = self._make(())

    def _make(self, additions: Sequence[tuple[str, str]]) -> pocketsphinx.Decoder:
        decoder = pocketsphinx.Decoder(
            lm=str(self._files.language_model), dict=str(self._files.dictionary), loglevel="FATAL"
        )
        for number, (word, phones) in enumerate(additions, start=1):
            decoder.add_word(word, phones, number == len(additions))
        return decoder

    def transcribe(self, pcm: bytes, bias: Bias = NO_BIAS) -> tuple[Word, ...]:
        """Return the words of one stretch of speech.

        Args:
            pcm: 16 kHz s16le mono; times in the result count from its start.
            bias: what the session favours. Its additions are heard in this call only: a decoder
                that knows the words of another session is replaced (20 ms).
        """
        if len(pcm) < _SHORTEST_MS * BYTES_PER_MS:
            return ()
        if bias.additions != self._additions:
            self._decoder = self._make(bias.additions)
            self._additions = bias.additions
        self._decoder.start_stream()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        return self._favoured(tuple(self._best()), bias)

    def _best(self) -> Iterator[Word]:
        if self._decoder.hyp() is None:
            return
        for segment in self._decoder.seg():
            if segment.word[0] not in "<[+":
                yield Word(
                    text=_VARIANT.sub("", segment.word),
                    start_ms=segment.start_frame * MS_PER_FRAME,
                    end_ms=(segment.end_frame + 1) * MS_PER_FRAME,
                    confidence=round(min(max(segment.prob, 0.0), 1.0), 3),
                )

    def _favoured(self, best: tuple[Word, ...], bias: Bias) -> tuple[Word, ...]:
        if not bias.phrases or not best:
            return best
        texts = [word.text for word in best]
        found = choose(list(self._candidates()), bias)
        if found and favoured_words(found.words, bias) > favoured_words(texts, bias):
            return retime(best, found.words)
        return best

    def _candidates(self) -> Iterator[Candidate]:
        for reading in itertools.islice(self._decoder.nbest(), CANDIDATES):
            if reading is not None and reading.hypstr and reading.score > 0:
                words = tuple(_VARIANT.sub("", word) for word in reading.hypstr.split())
                yield Candidate(words=words, score=reading.score)


def retime(timed: Sequence[Word], texts: Sequence[str]) -> tuple[Word, ...]:
    """Return ``texts`` as words that take their times from another reading of the same audio."""
    words: list[Word] = []
    matcher = SequenceMatcher(None, [word.text for word in timed], texts, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            words.extend(timed[i:j])
        elif k < m:
            start = timed[i].start_ms if i < len(timed) else timed[-1].end_ms
            end = timed[j - 1].end_ms if j > i else start
            words.extend(spread(" ".join(texts[k:m]), start, end, 0.5))
    return tuple(words)


class RecognizerPool:
    """Engines in processes of their own, for many sessions at once.

    Args:
        cache: folder of the built model.
        workers: number of engines (about 45 MB each), started with the first call.
    """

    def __init__(self, cache: Path, workers: int) -> None:
        files = prepare(cache)
        self._said = pronunciations()
        self._known = _words_of(files.dictionary)
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
        await asyncio.gather(*(self.transcribe(silence, NO_BIAS, 0) for _ in range(self.workers)))

    def bias(self, terms: Sequence[str]) -> Bias:
        """Return what to favour for these key terms."""
        return make_bias(terms, self._known, self._said)

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


def _words_of(dictionary: Path) -> frozenset[str]:
    lines = dictionary.read_text(encoding="utf-8").splitlines()
    return frozenset(_VARIANT.sub("", line.split(" ", 1)[0]) for line in lines)


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
