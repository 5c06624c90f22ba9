"""What the server says, message by message, as it is on the wire.

Source: https://www.assemblyai.com/docs/streaming/message-sequence
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dev.assemblyai_standin.settings import DEFAULT_MODE, Settings
from dev.assemblyai_standin.words import Word

API_VERSION = "2025-05-12"


def begin(session_id: str, expires_at: int, settings: Settings) -> dict[str, Any]:
    """Return the Begin message; ``expires_at`` in seconds since 1970."""
    return {
        "type": "Begin",
        "id": session_id,
        "expires_at": expires_at,
        "configuration": {
            "model": settings.speech_model,
            "mode": settings.mode or DEFAULT_MODE,
            "api_version": API_VERSION,
            "speaker_labels": settings.speaker_labels,
            "redact_pii": settings.redact_pii,
            "filter_profanity": settings.filter_profanity,
            "domain": settings.domain,
            "voice_focus": settings.voice_focus,
        },
    }


def speech_started(at_ms: int) -> dict[str, Any]:
    """Return the SpeechStarted message."""
    return {"type": "SpeechStarted", "timestamp": at_ms, "confidence": 0.98}


def turn(order: int, words: Sequence[Word], *, final: bool, formatted: bool) -> dict[str, Any]:
    """Return a Turn message; its transcript is its words."""
    transcript = " ".join(word.text for word in words)
    return {
        "type": "Turn",
        "turn_order": order,
        "turn_is_formatted": formatted,
        "end_of_turn": final,
        "transcript": transcript,
        "end_of_turn_confidence": float(final),
        "words": [
            {
                "text": word.text,
                "start": word.start_ms,
                "end": word.end_ms,
                "confidence": word.confidence,
                "word_is_final": final or number < len(words) - 1,
            }
            for number, word in enumerate(words)
        ],
        "utterance": transcript if final else "",
        "language_code": "en",
        "language_confidence": 0.99,
        "speaker_label": None,
    }


def heartbeat(audio_ms: float, session_ms: float, speech: float) -> dict[str, Any]:
    """Return the Heartbeat message; ``speech`` is the highest probability since the last one."""
    return {
        "type": "Heartbeat",
        "total_audio_received_ms": round(audio_ms),
        "total_duration_ms": round(session_ms),
        "realtime_factor": round(audio_ms / max(session_ms, 1.0), 3),
        "max_speech_probability": speech,
    }


def silence(start_ms: int, end_ms: int) -> dict[str, Any]:
    """Return the Silence message for a stretch of the session's audio."""
    return {"type": "Silence", "start_ms": start_ms, "end_ms": end_ms}


def error(code: int, message: str) -> dict[str, Any]:
    """Return the Error message that comes right before a close."""
    return {"type": "Error", "error_code": code, "error": message}


def termination(audio_ms: float, session_ms: float) -> dict[str, Any]:
    """Return the Termination message, the last one of an orderly session."""
    return {
        "type": "Termination",
        "audio_duration_seconds": round(audio_ms / 1000),
        "session_duration_seconds": round(session_ms / 1000),
    }
