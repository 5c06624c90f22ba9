"""The product's voice service with its event loop replaced by uvloop's."""

import asyncio
import os

import uvloop  # type: ignore[import-not-found,unused-ignore]
from flask import Flask

from shared.settings import Settings
from shared.wiring import build_voice_ws


def create_app() -> Flask:
    """The application, as `run/voice_ws/app.py` makes it."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    return build_voice_ws(Settings.from_env(os.environ, "ASSEMBLYAI_API_KEY", "ANTHROPIC_API_KEY"))
