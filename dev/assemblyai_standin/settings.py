"""The settings of a session: the handshake's query and what updates change.

Sources: https://www.assemblyai.com/docs/streaming/message-sequence and the vendor's Python SDK
1.8 (in a query booleans are ``True``/``False``, lists are JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dev.assemblyai_standin.keyterms import MAX_TERMS
from dev.assemblyai_standin.rejection import BAD_MESSAGE, Rejection
from dev.assemblyai_standin.turn_events import TurnRules

DEFAULT_MODEL = "universal-3-6-pro"
DEFAULT_MODE = "balanced"
DEFAULT_VAD_THRESHOLD = 0.2
PRESETS = {
    "min_latency": (128, 640, 0),
    "balanced": (128, 1280, 500),
    "max_accuracy": (512, 2560, 500),
}
"""Mode -> min_turn_silence, max_turn_silence, interruption_delay (ms)."""


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _clamp(value: object) -> object:
    return min(max(int(value), 50), 10_000) if isinstance(value, int | str) else value


Listing = Annotated[list[str], BeforeValidator(_from_json)]
Silence = Annotated[int, BeforeValidator(_clamp)]


class Changes(BaseModel):
    """What the handshake may set and ``UpdateConfiguration`` may change; unknown is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: Literal["min_latency", "balanced", "max_accuracy"] | None = None
    min_turn_silence: Silence | None = None
    max_turn_silence: Silence | None = None
    interruption_delay: int | None = Field(default=None, ge=0, le=1000)
    continuous_partials: bool | None = None
    vad_threshold: float | None = Field(default=None, ge=0, le=1)
    keyterms_prompt: Listing | None = None
    prompt: str | None = Field(default=None, max_length=1750)
    agent_context: str | None = Field(default=None, max_length=1750)
    format_turns: bool | None = None
    session_heartbeat: bool | None = None
    acknowledge_silence: bool | None = None


class Settings(Changes):
    """Everything that a session was opened with, after the updates so far."""

    speech_model: str = DEFAULT_MODEL
    encoding: Literal["pcm_s16le", "pcm_mulaw"] = "pcm_s16le"
    sample_rate: int = Field(ge=8_000, le=96_000)
    inactivity_timeout: int | None = Field(default=None, ge=5, le=3600)
    include_partial_turns: bool = True
    speaker_labels: bool = False
    redact_pii: bool = False
    filter_profanity: bool = False
    domain: str | None = None
    voice_focus: str | None = None

    @property
    def formats_twice(self) -> bool:
        """Universal-Streaming with ``format_turns`` sends each final turn plain, then formatted."""
        return self.speech_model.startswith("universal-streaming")

    def turn_rules(self) -> TurnRules:
        """Return the rules of turns: what was set, else the preset of the mode."""
        shortest, longest, delay = PRESETS[self.mode or DEFAULT_MODE]
        return TurnRules(
            min_turn_silence_ms=shortest
            if self.min_turn_silence is None
            else self.min_turn_silence,
            max_turn_silence_ms=longest if self.max_turn_silence is None else self.max_turn_silence,
            interruption_delay_ms=(
                delay if self.interruption_delay is None else self.interruption_delay
            ),
            continuous_partials=bool(self.continuous_partials),
        )


def read_settings(query: Mapping[str, str]) -> Settings:
    """Return the settings of a handshake's query; parameters nobody knows are ignored.

    Raises:
        Rejection: 3006, a value is not allowed (``opus``, ``ogg_opus`` and ``aac`` are the
            vendor's but not decoded here), or there are more than 100 key terms.
    """
    values = dict(query)
    old = values.pop("min_end_of_turn_silence_when_confident", None)
    if old is not None:
        values.setdefault("min_turn_silence", old)
    try:
        return _checked(Settings.model_validate(values))
    except (ValidationError, ValueError) as error:
        raise Rejection(BAD_MESSAGE, f"Invalid parameters: {summary(error)}") from error


def apply_changes(settings: Settings, changes: Changes) -> Settings:
    """Return the settings after an update.

    Raises:
        Rejection: 3006, there are more than 100 key terms.
    """
    changed = changes.model_dump(exclude_unset=True, include=set(Changes.model_fields))
    return _checked(settings.model_copy(update=changed))


def _checked(settings: Settings) -> Settings:
    count = len(settings.keyterms_prompt or ())
    if count > MAX_TERMS:
        raise Rejection(BAD_MESSAGE, f"keyterms_prompt has {count} terms; at most {MAX_TERMS}")
    return settings


def summary(error: ValueError) -> str:
    """Return the first fault of a message in one line, without the value itself."""
    if not isinstance(error, ValidationError):
        return "a value cannot be read"
    first = error.errors(include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
