"""The models the stand-in knows, and what each of them refuses.

Rules: https://platform.claude.com/docs/en/about-claude/models/overview and the migration guides.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the catalogue.

    `released` is an ISO date; `min_cache_tokens` the shortest cacheable prefix in tokens;
    `modern` models refuse sampling parameters and assistant prefill; `forced_tools` tells
    whether `tool_choice` may force a call; `thinking_off` whether thinking can be disabled.
    """

    id: str
    name: str
    released: str
    min_cache_tokens: int
    modern: bool = True
    forced_tools: bool = False
    thinking_off: bool = False
    max_input_tokens: int = 1_000_000
    max_output_tokens: int = 128_000


_MODELS = (
    Model(
        id="claude-haiku-5-5",
        name="Claude Haiku 5.5",
        released="2026-10-07",
        min_cache_tokens=512,
        forced_tools=True,
        thinking_off=True,
    ),
    Model(
        id="claude-sonnet-5-5",
        name="Claude Sonnet 5.5",
        released="2026-09-01",
        min_cache_tokens=1024,
    ),
    Model(
        id="claude-opus-5-5",
        name="Claude Opus 5.5",
        released="2026-09-01",
        min_cache_tokens=512,
    ),
    Model(
        id="claude-fable-5-2",
        name="Claude Fable 5.2",
        released="2026-09-01",
        min_cache_tokens=512,
    ),
    Model(
        id="claude-fable-5-1",
        name="Claude Fable 5.1",
        released="2026-06-01",
        min_cache_tokens=512,
    ),
    Model(
        id="claude-haiku-4-5",
        name="Claude Haiku 4.5",
        released="2025-10-01",
        min_cache_tokens=4096,
        modern=False,
        forced_tools=True,
        thinking_off=True,
        max_input_tokens=200_000,
        max_output_tokens=64_000,
    ),
)
MODELS = {model.id: model for model in _MODELS}


def describe(model: Model) -> dict[str, Any]:
    """Give the vendor's JSON of one model (`GET /v1/models/{id}`); capabilities are not told."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": f"{model.released}T00:00:00Z",
        "lifecycle": "active",
        "line": model.id.split("-")[1],
        "max_input_tokens": model.max_input_tokens,
        "max_tokens": model.max_output_tokens,
        "capabilities": None,
        "deprecated_at": None,
        "retires_at": None,
    }


def page(limit: int, after: str | None, before: str | None) -> dict[str, Any]:
    """List the models newest first, cut as the vendor's cursors say (`limit` 1-1000 entries)."""
    ids = list(MODELS)
    if after in MODELS:
        ids = ids[ids.index(after) + 1 :]
    if before in MODELS:
        ids = ids[: ids.index(before)] if before in ids else []
    shown = ids[:limit]
    return {
        "data": [describe(MODELS[name]) for name in shown],
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
        "has_more": len(ids) > len(shown),
    }
