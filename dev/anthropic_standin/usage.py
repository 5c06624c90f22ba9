"""Token counts and prompt-cache accounting.

Tokens are approximated from the text alone (no vendor tokenizer is public): good for budgets and
ratios, not for bills. The cache follows https://platform.claude.com/docs prompt-caching: a
request's prefix up to a marked block is remembered for its time to live, and a later request
reads the longest remembered prefix that ends at or up to 20 blocks before one of its own marks.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from dev.anthropic_standin.catalogue import MODELS
from dev.anthropic_standin.errors import VendorError
from dev.anthropic_standin.messages import CountRequest

_PIECE = re.compile(r"\w+|[^\w\s]|\n+")
_LETTERS_PER_TOKEN = 5
_TURN_OVERHEAD = 4
_MAX_BREAKPOINTS = 4
_LOOKBACK_BLOCKS = 20
_TTL_S = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request, in the vendor's parts: plain input, cache write, cache read."""

    input_tokens: int
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    def as_json(self, output_tokens: int) -> dict[str, int]:
        """Give the vendor's `usage` object with the output tokens so far."""
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache_creation_input_tokens,
            "cache_read_input_tokens": self.cache_read_input_tokens,
            "output_tokens": output_tokens,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boundary:
    digest: str
    tokens: int
    ttl_s: float | None


@dataclass(slots=True)
class PromptCache:
    """Remembers marked prefixes per model until they run out; times are seconds of one clock."""

    _until: dict[tuple[str, str], float] = field(default_factory=dict)

    def account(self, request: CountRequest, now: float) -> Usage:
        """Split a request's input into plain, written and read tokens, and remember its prefixes.

        Raises VendorError 400 for more than four marked blocks.
        """
        boundaries = _boundaries(request)
        total = boundaries[-1].tokens
        marks = [place for place, b in enumerate(boundaries) if b.ttl_s is not None]
        if len(marks) > _MAX_BREAKPOINTS:
            raise VendorError(
                "invalid_request_error",
                f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.",
            )
        minimum = MODELS[request.model].min_cache_tokens
        marks = [place for place in marks if boundaries[place].tokens >= minimum]
        if not marks:
            return Usage(input_tokens=total)
        read = self._longest_known(request.model, boundaries, marks, now)
        self._remember(request.model, [boundaries[place] for place in marks], now)
        end = boundaries[marks[-1]].tokens
        return Usage(
            input_tokens=total - end,
            cache_creation_input_tokens=max(0, end - read),
            cache_read_input_tokens=read,
        )

    def clear(self) -> None:
        """Forget every prefix."""
        self._until.clear()

    def _longest_known(
        self, model: str, boundaries: list[_Boundary], marks: list[int], now: float
    ) -> int:
        best = 0
        for mark in marks:
            for place in range(mark, max(-1, mark - _LOOKBACK_BLOCKS), -1):
                key = (model, boundaries[place].digest)
                if self._until.get(key, 0.0) > now:
                    best = max(best, boundaries[place].tokens)
                    # A read renews the entry (5 minutes from now at least).
                    self._until[key] = max(self._until[key], now + _TTL_S["5m"])
                    break
        return best

    def _remember(self, model: str, marked: list[_Boundary], now: float) -> None:
        self._until = {key: until for key, until in self._until.items() if until > now}
        for boundary in marked:
            key = (model, boundary.digest)
            until = now + (boundary.ttl_s or _TTL_S["5m"])
            self._until[key] = max(self._until.get(key, 0.0), until)


def count_tokens(text: str) -> int:
    """Approximate the tokens of a text: one per five letters of a word, one per sign."""
    return sum(1 + (len(piece) - 1) // _LETTERS_PER_TOKEN for piece in _PIECE.findall(text))


def count_input(request: CountRequest) -> int:
    """Approximate the input tokens of a whole request."""
    return _boundaries(request)[-1].tokens


def _boundaries(request: CountRequest) -> list[_Boundary]:
    """Running digest and token sum after each block, in the order tools, system, messages."""
    digest, tokens, found = hashlib.sha256(), 0, []
    blocks = list(_blocks(request))
    for place, (where, block, overhead) in enumerate(blocks):
        control = block.get("cache_control")
        if control is None and place == len(blocks) - 1:
            control = request.cache_control
        bare = {key: value for key, value in block.items() if key != "cache_control"}
        text = json.dumps(bare, sort_keys=True, ensure_ascii=False)
        digest.update(f"{where}\0{text}\0".encode())
        tokens += overhead + count_tokens(str(block["text"]) if "text" in block else text)
        ttl = _TTL_S.get(str(control.get("ttl", "5m")), _TTL_S["5m"]) if control else None
        found.append(_Boundary(digest=digest.hexdigest(), tokens=tokens, ttl_s=ttl))
    return found


def _blocks(request: CountRequest) -> list[tuple[str, dict[str, Any], int]]:
    blocks = [("tool", tool, _TURN_OVERHEAD) for tool in request.tools or []]
    blocks += [("system", block, 0) for block in _as_blocks(request.system)]
    for turn in request.messages:
        for index, block in enumerate(_as_blocks(turn.content)):
            blocks.append((turn.role, block, _TURN_OVERHEAD if index == 0 else 0))
    return blocks


def _as_blocks(content: str | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or []
