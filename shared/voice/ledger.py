"""The latency ledger: when each step of a command happened, and what that makes in milliseconds."""

from dataclasses import dataclass

from shared.voice.records import Timings


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Monotonic seconds of each step; None until it has happened.

    `speech_end` is when the last word's audio was spoken, as far as the audio sent tells it.
    """

    final: float
    speech_end: float | None = None
    asked: float | None = None
    first_token: float | None = None
    first_code: float | None = None
    commit_began: float | None = None
    committed: float | None = None
    done: float | None = None

    def restart(self) -> None:
        """The request is made anew; the first one's times do not count."""
        self.asked = self.first_token = self.first_code = None
        self.commit_began = self.committed = None

    def timings(self) -> Timings:
        """The differences; `total_ms` runs from the end of speech, or of typing, to the result."""
        return Timings(
            speech_end_to_final_ms=_between(self.speech_end, self.final),
            final_to_request_ms=_between(self.final, self.asked),
            request_to_first_token_ms=_between(self.asked, self.first_token),
            first_token_to_code_ms=_between(self.first_token, self.first_code),
            commit_ms=_between(self.commit_began, self.committed),
            total_ms=_between(
                self.final if self.speech_end is None else self.speech_end, self.done
            ),
        )


def _between(start: float | None, end: float | None) -> int | None:
    return None if start is None or end is None else max(0, round((end - start) * 1000))
