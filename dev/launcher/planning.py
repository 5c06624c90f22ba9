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
    names = [*catalogue.inner_ports(keys), *emulators.port_names(suites)]
    # All at once: of two draws the second may give what the first one gave, as nobody listens yet.
    ports = dict(zip(names, free_ports(len(names), besides=(port,)), strict=True))
    return Plan(
        port=port,
        state=state,
        environ=environ,
        keys=keys,
        ports=ports,
        mark=str(uuid.uuid4()),
        git_password=secrets.token_hex(12),
        notion_token=f"ntn_{secrets.token_hex(23)}",
    )
