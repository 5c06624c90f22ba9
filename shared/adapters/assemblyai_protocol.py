"""AssemblyAI's rules, without its SDK: what it takes, and what its codes mean.

Sources: https://www.assemblyai.com/docs/streaming/getting-started/keyterms and
https://www.assemblyai.com/docs/streaming/common-session-errors-and-closures
"""

import logging

from shared.errors import NexusError, RateLimited, UpstreamRejected, UpstreamUnavailable

SERVICE = "assemblyai"

_LOG = logging.getLogger(__name__)
_BUSY_S = 5.0  # new sessions are counted by the minute

_REFUSED = (
    "AssemblyAI refuses the key or the account ({code}): "
    "check ASSEMBLYAI_API_KEY and the account's balance."
)
_BUSY = "AssemblyAI has too many sessions of this account ({code}): try again in a moment."
_UNAVAILABLE = {
    3006: "AssemblyAI did not accept a message (3006): the stream is opened again.",
    3007: "AssemblyAI got audio too fast or in wrong pieces (3007): the stream is opened again.",
    3008: "The AssemblyAI session has expired (3008): the stream is opened again.",
}
_OUR_FAULT = (3006, 3007)
_MOST_KEYTERMS = 100
_LONGEST_KEYTERM = 50  # characters; longer ones are ignored by the vendor


def failure(code: int | None) -> NexusError:
    """The error for a WebSocket close code or an HTTP status; None means no answer at all.

    3006 and 3007 are our own mistakes, but the next stream may do better: they are logged.
    """
    if code in (1008, 401, 402, 403):
        return UpstreamRejected(_REFUSED.format(code=code), SERVICE)
    if code in (3009, 429):
        return RateLimited(_BUSY.format(code=code), _BUSY_S)
    if code is not None and 400 <= code < 500 and code != 408:
        return UpstreamRejected(
            f"AssemblyAI refused the request ({code}): check the model and its parameters.", SERVICE
        )
    if code in _OUR_FAULT:
        _LOG.error("assemblyai refused what was sent", extra={"code": code})
    if code is None:
        return UpstreamUnavailable("AssemblyAI cannot be reached.", SERVICE)
    plain = f"AssemblyAI is not available now ({code})."
    return UpstreamUnavailable(_UNAVAILABLE.get(code, plain), SERVICE)


def usable_keyterms(terms: tuple[str, ...]) -> list[str]:
    """The terms that the vendor takes: without blanks and repetitions, at most 100 of 50."""
    stripped = dict.fromkeys(term.strip() for term in terms)
    return [term for term in stripped if 0 < len(term) <= _LONGEST_KEYTERM][:_MOST_KEYTERMS]
