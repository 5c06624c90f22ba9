"""run.json: where everything is, for clients, tests and curious people."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from dev.launcher.service import Plan
from dev.launcher.supervision import Supervised
from dev.seed import User


def write(plan: Plan, running: Iterable[Supervised], users: Mapping[str, User]) -> None:
    """Write it whole or not at all, readable by this user only: it holds tokens."""
    document: dict[str, Any] = {
        "base_url": f"http://localhost:{plan.port}",
        "ws_url": f"ws://localhost:{plan.port}",
        "project_id": plan.project_id,
        "auth_emulator_host": plan.host("auth") or None,
        "firestore_emulator_host": plan.host("firestore") or None,
        "pubsub_emulator_host": plan.host("pubsub"),
        "assemblyai": _vendor(plan, "assemblyai", "url", "ws"),
        "anthropic": _vendor(plan, "anthropic", "base_url", "http"),
        **{key: {"uid": user.uid, "id_token": user.id_token} for key, user in users.items()},
        "pid": os.getpid(),
        "services": {
            each.service.name: {"pid": each.pid, "url": each.service.address, "log": str(each.log)}
            for each in running
        },
    }
    draft = plan.run_file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf8") as file:
        json.dump(document, file, indent=1)
    draft.replace(plan.run_file)


def _vendor(plan: Plan, name: str, key: str, scheme: str) -> dict[str, str] | None:
    """The addresses of a stand-in; None where the vendor itself plays."""
    if name not in plan.ports:
        return None
    control = f"http://{plan.host(f'{name}_control')}"
    return {key: f"{scheme}://{plan.host(name)}", "control_url": control}
