"""From a request to the reply's blocks: scripted, or written by the built-in rules."""

import json
import re
import secrets
from typing import Any

from dev.anthropic_standin.answers.engine import answer
from dev.anthropic_standin.answers.reply import Answer
from dev.anthropic_standin.messages import MessageRequest, block_text
from dev.anthropic_standin.script import Fault, ScriptedReply
from dev.anthropic_standin.sse import Block, Reply, cut_pieces
from dev.anthropic_standin.usage import Usage, count_tokens

_THOUGHT = "The command names what to do; the built-in rules pick the recipe that fits it."
_REFUSAL = {"type": "refusal", "category": "general_harms", "explanation": "Declined by script."}
_FIELDS = ("intent", "language", "filename", "code", "explanation")


def last_command(request: MessageRequest) -> str:
    """Give the text of the last user message, empty if there is none."""
    for turn in reversed(request.messages):
        if turn.role == "user":
            return block_text(turn.content)
    return ""


def build_reply(
    request: MessageRequest, usage: Usage, scripted: ScriptedReply | None, fault: Fault | None
) -> Reply:
    """Write the whole reply, cut at `max_tokens`, a stop sequence, or where a fault ends it."""
    blocks, stop_reason = _blocks(request, scripted)
    stop_sequence, details = None, None
    if fault and fault.kind == "thinking_first":
        blocks = [Block(kind="thinking", pieces=cut_pieces(_THOUGHT)), *blocks]
    if fault and fault.kind in ("refusal", "max_tokens"):
        blocks = _keep_deltas(blocks, fault.after_deltas)
        stop_reason = fault.kind
        details = _REFUSAL if fault.kind == "refusal" else None
    else:
        blocks, stop_sequence = _stop_at_sequence(blocks, request.stop_sequences or [])
        stop_reason = "stop_sequence" if stop_sequence else stop_reason
        blocks, cut = _keep_tokens(blocks, request.max_tokens)
        stop_reason = "max_tokens" if cut else stop_reason
    return Reply(
        id=f"msg_{secrets.token_hex(12)}",
        model=request.model,
        blocks=tuple(blocks),
        stop_reason=stop_reason,
        stop_sequence=stop_sequence,
        stop_details=details,
        usage=usage,
    )


def _blocks(request: MessageRequest, scripted: ScriptedReply | None) -> tuple[list[Block], str]:
    if request.max_tokens == 0:
        return [], "max_tokens"
    if scripted is not None:
        blocks = _scripted_blocks(scripted)
        calls = any(block.kind == "tool_use" for block in blocks)
        return blocks, scripted.stop_reason or ("tool_use" if calls else "end_turn")
    found = answer(
        system=block_text(request.system),
        turns=[(turn.role, block_text(turn.content)) for turn in request.messages],
    )
    tool = _forced_tool(request)
    if tool is not None:
        text = _as_json(found, tool.get("input_schema", {}))
        return [_tool_block(str(tool["name"]), text)], "tool_use"
    form = (request.output_config or {}).get("format")
    text = _as_json(found, form["schema"]) if form else found.render()
    return [Block(kind="text", pieces=cut_pieces(text))], "end_turn"


def _scripted_blocks(scripted: ScriptedReply) -> list[Block]:
    if scripted.chunks is not None:
        return [Block(kind="text", pieces=tuple(scripted.chunks))]
    if scripted.blocks is None:
        return [Block(kind="text", pieces=cut_pieces(scripted.text or ""))]
    return [_scripted_block(block) for block in scripted.blocks]


def _scripted_block(block: dict[str, Any]) -> Block:
    if block.get("type") == "tool_use":
        return _tool_block(str(block["name"]), json.dumps(block.get("input", {})))
    if block.get("type") == "thinking":
        return Block(kind="thinking", pieces=cut_pieces(str(block.get("thinking", ""))))
    return Block(kind="text", pieces=cut_pieces(str(block.get("text", ""))))


def _tool_block(name: str, text: str) -> Block:
    # The vendor's first piece of a tool's input may be empty, so ours always is.
    pieces = ("", *cut_pieces(text))
    return Block(kind="tool_use", pieces=pieces, id=f"toolu_{secrets.token_hex(12)}", name=name)


def _forced_tool(request: MessageRequest) -> dict[str, Any] | None:
    choice, tools = request.tool_choice or {}, request.tools or []
    if choice.get("type") == "any":
        return tools[0]
    if choice.get("type") == "tool":
        return next(tool for tool in tools if tool.get("name") == choice["name"])
    return None


def _as_json(found: Answer, schema: dict[str, Any]) -> str:
    """Write the answer's fields in the order of the schema's properties."""
    names = list(schema.get("properties", {})) or list(_FIELDS)
    values = {name: getattr(found, name, None) for name in names}
    return json.dumps({name: value if value is not None else "" for name, value in values.items()})


def _keep_deltas(blocks: list[Block], count: int) -> list[Block]:
    kept = []
    for block in blocks:
        pieces, count = block.pieces[:count], max(0, count - len(block.pieces))
        if pieces:
            kept.append(_with_pieces(block, pieces))
    return kept


def _keep_tokens(blocks: list[Block], budget: int) -> tuple[list[Block], bool]:
    kept: list[Block] = []
    for block in blocks:
        pieces: list[str] = []
        for piece in block.pieces:
            budget -= count_tokens(piece)
            if budget < 0:
                return ([*kept, _with_pieces(block, tuple(pieces))] if pieces else kept), True
            pieces.append(piece)
        kept.append(block)
    return kept, False


def _stop_at_sequence(blocks: list[Block], stops: list[str]) -> tuple[list[Block], str | None]:
    pattern = "|".join(re.escape(stop) for stop in stops if stop.strip())
    if not pattern:
        return blocks, None
    kept = []
    for block in blocks:
        found = re.search(pattern, block.whole) if block.kind == "text" else None
        if found:
            kept.append(_with_pieces(block, cut_pieces(block.whole[: found.start()])))
            return kept, found.group()
        kept.append(block)
    return kept, None


def _with_pieces(block: Block, pieces: tuple[str, ...]) -> Block:
    return Block(kind=block.kind, pieces=pieces, id=block.id, name=block.name)
