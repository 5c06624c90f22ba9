"""The voice service: `WS /voice/{user_id}` on flask-sock; no logic here."""

import os

from flask import Flask

from shared.settings import Settings
from shared.wiring import build_voice_ws


def create_app() -> Flask:
    """The application, with its engine running; called once per worker, after the fork."""
    return build_voice_ws(Settings.from_env(os.environ, "ASSEMBLYAI_API_KEY", "ANTHROPIC_API_KEY"))
