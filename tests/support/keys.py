"""Tests speak to stand-ins only, whatever keys the developer has."""

import os

KEYS = (
    "ASSEMBLYAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "NOTION_TOKEN",
    "NOTION_DOCS_DB_ID",
    "FIREBASE_CREDENTIALS_PATH",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
)


def forget() -> None:
    """Remove the keys, and the addresses of foreign emulators, from this process."""
    for name in KEYS:
        os.environ.pop(name, None)
