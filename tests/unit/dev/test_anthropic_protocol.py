"""The pure parts of the stand-in's protocol: tokens, cache, checks, event stream, script."""

import json
from typing import Any

import pytest

from dev.anthropic_standin.catalogue import page
from dev.anthropic_standin.errors import VendorError
from dev.anthropic_standin.messages import (
    MessageRequest,
    parse_count_request,
    parse_message_request,
)
from dev.anthropic_standin.replies import build_reply
from dev.anthropic_standin.script import Fault, Pace, Script, ScriptedReply
from dev.anthropic_standin.sse import Step, cut_pieces, encode, stream_steps
from dev.anthropic_standin.usage import PromptCache, Usage, count_input, count_tokens

LONG = "a stable prompt with many words " * 120
MARK = {"type": "ephemeral"}


def request(**change: Any) -> MessageRequest:
    body = {
        "model": "claude-haiku-5-5",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "reverse a string"}],
    }
    return parse_message_request(body | change)


def system(text: str = LONG, **control: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text, "cache_control": MARK | control}]


def test_tokens_grow_with_words_and_signs() -> None:
    assert count_tokens("") == 0
    assert count_tokens("def f():") == 5
    assert count_tokens("internationalization") == 4


def test_prefix_is_written_then_read_then_forgotten() -> None:
    cache = PromptCache()
    first = cache.account(request(system=system()), now=0.0)
    assert first.cache_creation_input_tokens >= 512
    assert first.cache_read_input_tokens == 0
    second = cache.account(request(system=system()), now=299.0)
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    # The read renewed the entry for five minutes.
    assert cache.account(request(system=system()), now=590.0).cache_read_input_tokens > 0
    assert cache.account(request(system=system()), now=1000.0).cache_read_input_tokens == 0


def test_hour_long_prefix_outlives_five_minutes() -> None:
    cache = PromptCache()
    cache.account(request(system=system(ttl="1h")), now=0.0)
    assert cache.account(request(system=system(ttl="1h")), now=3000.0).cache_read_input_tokens > 0


def test_parts_of_the_usage_sum_to_the_counted_input() -> None:
    asked = request(system=system())
    usage = PromptCache().account(asked, now=0.0)
    assert usage.input_tokens + usage.cache_creation_input_tokens == count_input(asked)


def test_changed_prefix_or_other_model_is_not_read() -> None:
    cache = PromptCache()
    cache.account(request(system=system()), now=0.0)
    assert cache.account(request(system=system("b " + LONG)), 1.0).cache_read_input_tokens == 0
    other = request(system=system(), model="claude-opus-5-5")
    assert cache.account(other, 1.0).cache_read_input_tokens == 0


def test_minimum_size_depends_on_the_model() -> None:
    older = request(system=system(), model="claude-haiku-4-5")
    assert PromptCache().account(older, 0.0).cache_creation_input_tokens == 0


def test_fifth_cache_mark_is_refused() -> None:
    blocks = [{"type": "text", "text": str(n), "cache_control": MARK} for n in range(5)]
    with pytest.raises(VendorError, match="maximum of 4"):
        PromptCache().account(request(system=blocks), 0.0)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"max_tokens": -1}, 400, "max_tokens"),
        ({"messages": [{"role": "robot", "content": "x"}]}, 400, "messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, 400, "non-empty"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "first message"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, 400, "type"),
        ({"top_k": 4}, 400, "top_k"),
        ({"top_p": 0.5}, 400, "top_p"),
        ({"unheard_of": 1}, 400, "unheard_of"),
        ({"thinking": {"type": "disabled"}, "model": "claude-opus-5-5"}, 400, "thinking"),
        ({"tool_choice": {"type": "any"}}, 400, "tools"),
        ({"tools": [{"name": "a"}], "tool_choice": {"type": "tool", "name": "b"}}, 400, "named"),
        ({"output_config": {"format": {"type": "xml"}}}, 400, "json_schema"),
        ({"model": "gpt"}, 404, "model: gpt"),
    ],
)
def test_request_that_the_vendor_refuses_is_refused(
    change: dict[str, Any], status: int, words: str
) -> None:
    with pytest.raises(VendorError, match=words) as caught:
        request(**change)
    assert caught.value.status == status


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_missing_field_is_named(missing: str) -> None:
    body = {
        "model": "claude-haiku-5-5",
        "max_tokens": 1,
        "messages": [{"role": "user", "content": "x"}],
    }
    del body[missing]
    with pytest.raises(VendorError, match=f"{missing}: Field required"):
        parse_message_request(body)


def test_counting_needs_no_max_tokens() -> None:
    body = {"model": "claude-haiku-5-5", "messages": [{"role": "user", "content": "two words"}]}
    assert count_input(parse_count_request(body)) > 2


def test_pieces_join_to_the_text_and_differ_in_size() -> None:
    text = "abc def\n" * 40
    pieces = cut_pieces(text)
    assert "".join(pieces) == text
    assert len({len(piece) for piece in pieces}) > 5
    assert cut_pieces(text) == pieces


def test_event_has_a_name_a_line_of_data_and_a_blank_line() -> None:
    assert encode("ping", {"type": "ping"}) == b'event: ping\ndata: {"type": "ping"}\n\n'


def steps(fault: Fault | None = None, pace: Pace | None = None) -> list[Step]:
    scripted = ScriptedReply(chunks=["one ", "two ", "three"])
    reply = build_reply(request(), Usage(input_tokens=9), scripted, fault)
    return list(stream_steps(reply, pace or Pace(), fault))


def kinds(found: list[Step]) -> list[str]:
    return [
        step.data.split(b"\n")[0].decode().removeprefix("event: ") or step.action for step in found
    ]


def test_stream_waits_before_the_first_delta_and_then_by_tokens() -> None:
    waits = [
        step.wait_s
        for step in steps(pace=Pace(latency_ms=120, first_delta_ms=15, tokens_per_s=100))
    ]
    assert waits[0] == 0.12
    assert waits[3] == 0.015
    assert waits[4] == pytest.approx(0.01)


def test_undisturbed_stream_ends_with_usage_and_stop() -> None:
    found = steps()
    assert kinds(found) == [
        "message_start",
        "content_block_start",
        "ping",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    end = json.loads(found[-2].data.split(b"data: ")[1])
    assert end["usage"]["output_tokens"] == 3


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("cut", "cut"),
        ("hang", "hang"),
        ("overloaded_mid_stream", "error"),
        ("garbage_sse", "content_block_delta"),
    ],
)
def test_fault_replaces_the_rest_of_the_stream(kind: Any, last: str) -> None:
    found = kinds(steps(Fault(kind=kind, after_deltas=1)))
    assert found[3:] == ["content_block_delta", last]


def test_queue_gives_each_order_as_often_as_asked() -> None:
    script = Script()
    script.replies += [ScriptedReply(text="a", match="Async"), ScriptedReply(text="b", times=2)]
    said = [script.next_reply(command) for command in ("x", "make it async", "y", "z")]
    assert [reply.text if reply else None for reply in said] == ["b", "a", "b", None]


def test_models_are_paged_by_their_ids() -> None:
    first = page(2, None, None)
    rest = page(20, first["last_id"], None)
    assert first["has_more"] is True
    assert rest["has_more"] is False
    assert first["data"][0]["id"] == "claude-haiku-5-5"
    assert {m["id"] for m in first["data"]}.isdisjoint(m["id"] for m in rest["data"])
