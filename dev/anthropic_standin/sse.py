"""A reply as the vendor's event stream, with pauses and faults, computed without I/O.

Event order and fields: https://platform.claude.com/docs/en/build-with-claude/streaming.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from dev.anthropic_standin.errors import error_body
from dev.anthropic_standin.script import Fault, Pace
from dev.anthropic_standin.usage import Usage, count_tokens

_PIECE_LETTERS = (2, 24)
_SIGNATURE = "c3RhbmQtaW4tc2lnbmF0dXJl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One content block: its start object and the text of its deltas, already cut."""

    kind: Literal["text", "thinking", "tool_use"]
    pieces: tuple[str, ...]
    id: str = ""
    name: str = ""

    @property
    def whole(self) -> str:
        """The block's text: prose, thought or JSON of the tool's input."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A finished reply: blocks, why it stopped, and the stop sequence met."""

    id: str
    model: str
    blocks: tuple[Block, ...]
    stop_reason: str
    usage: Usage
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = field(default=None)

    @property
    def output_tokens(self) -> int:
        """Tokens of all blocks, at least 1 when there is any block."""
        return sum(count_tokens(block.whole) for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Wait `wait_s` seconds, then write `data`; or hang, or cut the connection."""

    wait_s: float = 0.0
    data: bytes = b""
    action: Literal["write", "hang", "cut"] = "write"


def cut_pieces(text: str) -> tuple[str, ...]:
    """Cut a text into deltas of 2-24 characters, the same way each time."""
    dice, pieces, at = random.Random(len(text)), [], 0
    while at < len(text):
        size = dice.randint(*_PIECE_LETTERS)
        pieces.append(text[at : at + size])
        at += size
    return tuple(pieces)


def encode(event: str, data: dict[str, Any] | str) -> bytes:
    """Write one server-sent event; a string is sent as it is."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"event: {event}\ndata: {text}\n\n".encode()


def message_json(reply: Reply) -> dict[str, Any]:
    """Give the body of a reply that is not streamed."""
    return {
        "id": reply.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": [_finished_block(block) for block in reply.blocks],
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "usage": reply.usage.as_json(reply.output_tokens),
    }


def stream_steps(reply: Reply, pace: Pace, fault: Fault | None) -> Iterator[Step]:
    """Give the steps of a streamed reply; a fault of the stream replaces its tail."""
    broken = fault if fault and fault.kind in _BREAKS else None
    yield Step(wait_s=pace.latency_ms / 1000, data=encode("message_start", _start(reply)))
    if broken and broken.kind == "hang" and broken.where == "first_delta":
        yield Step(action="hang")
        return
    sent, wait_s = 0, pace.first_delta_ms / 1000
    for index, block in enumerate(reply.blocks):
        yield Step(data=encode("content_block_start", _block_start(index, block)))
        if index == 0:
            yield Step(data=encode("ping", {"type": "ping"}))
        for piece in block.pieces:
            if broken and sent >= broken.after_deltas:
                yield from _break(broken)
                return
            yield Step(
                wait_s=wait_s, data=encode("content_block_delta", _delta(index, block, piece))
            )
            sent += 1
            wait_s = count_tokens(piece) / pace.tokens_per_s if pace.tokens_per_s else 0.0
        if block.kind == "thinking":
            yield Step(data=encode("content_block_delta", _signature(index)))
        stop = {"type": "content_block_stop", "index": index}
        yield Step(data=encode("content_block_stop", stop))
    if broken:
        yield from _break(broken)
        return
    yield Step(data=encode("message_delta", _end(reply)))
    yield Step(data=encode("message_stop", {"type": "message_stop"}))


_BREAKS = ("overloaded_mid_stream", "cut", "hang", "garbage_sse")


def _break(fault: Fault) -> Iterator[Step]:
    if fault.kind == "overloaded_mid_stream":
        kind = fault.error_type or "overloaded_error"
        yield Step(data=encode("error", error_body(kind, fault.message or "Overloaded")))
    elif fault.kind == "garbage_sse":
        yield Step(data=encode("content_block_delta", '{"type":"content_block_delta","ind'))
    elif fault.kind == "hang":
        yield Step(action="hang")
    else:
        yield Step(action="cut")


def _start(reply: Reply) -> dict[str, Any]:
    message = message_json(reply) | {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": reply.usage.as_json(min(1, reply.output_tokens)),
    }
    return {"type": "message_start", "message": message}


def _end(reply: Reply) -> dict[str, Any]:
    delta = {
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
    }
    usage = {"output_tokens": reply.output_tokens}
    return {"type": "message_delta", "delta": delta, "usage": usage}


def _block_start(index: int, block: Block) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "text": {"type": "text", "text": ""},
        "thinking": {"type": "thinking", "thinking": "", "signature": ""},
        "tool_use": {"type": "tool_use", "id": block.id, "name": block.name, "input": {}},
    }
    return {"type": "content_block_start", "index": index, "content_block": shapes[block.kind]}


def _delta(index: int, block: Block, piece: str) -> dict[str, Any]:
    shapes = {
        "text": {"type": "text_delta", "text": piece},
        "thinking": {"type": "thinking_delta", "thinking": piece},
        "tool_use": {"type": "input_json_delta", "partial_json": piece},
    }
    return {"type": "content_block_delta", "index": index, "delta": shapes[block.kind]}


def _signature(index: int) -> dict[str, Any]:
    delta = {"type": "signature_delta", "signature": _SIGNATURE}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _finished_block(block: Block) -> dict[str, Any]:
    if block.kind == "thinking":
        return {"type": "thinking", "thinking": block.whole, "signature": _SIGNATURE}
    if block.kind == "tool_use":
        value = json.loads(block.whole) if block.whole else {}
        return {"type": "tool_use", "id": block.id, "name": block.name, "input": value}
    return {"type": "text", "text": block.whole}
