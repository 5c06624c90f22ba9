"""Decides ports, vendors and processes of one stack."""

import secrets
import uuid
from collections.abc import Mapping
from pathlib import Path

from dev.launcher import catalogue, emulators
from dev.launcher.keys import Keys
from dev.launcher.ports import free_ports
from dev.launcher.service import Plan


def make_plan(*, port: int, state: Path, environ: Mapping[str, str], keys: Keys) -> Plan:
    """Decide everything; with a real Google Cloud key Firestore and Auth are not emulated."""
    suites = (("hosting",), ("pubsub",)) if keys.credentials_path else emulators.SUITES
    inner = catalogue.inner_ports(keys)
    ours = dict(zip(inner, free_ports(len(inner)), strict=True))
    return Plan(
        port=port,
        state=state,
        environ=environ,
        keys=keys,
        ports={**emulators.choose_ports(suites), **ours},
        mark=str(uuid.uuid4()),
        git_password=secrets.token_hex(12),
        notion_token=f"ntn_{secrets.token_hex(23)}",
    )
