"""run.json: where everything is, for clients, tests and curious people."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from dev.launcher.service import GIT_USERNAME, Plan
from dev.launcher.supervision import Supervised
from dev.seed.people import User
from dev.seed.workspace import Seeded


def write(
    plan: Plan,
    running: Iterable[Supervised],
    users: Mapping[str, User],
    seeded: Seeded | None,
) -> None:
    """Write it whole or not at all, readable by this user only: it holds tokens.

    What a real vendor plays is null, and so are the webhooks of a workspace that was not seeded.
    """
    document: dict[str, Any] = {
        "base_url": f"http://localhost:{plan.port}",
        "ws_url": f"ws://localhost:{plan.port}",
        "project_id": plan.project_id,
        "auth_emulator_host": plan.host("auth") or None,
        "firestore_emulator_host": plan.host("firestore") or None,
        "pubsub_emulator_host": plan.host("pubsub"),
        "scheduler_host": plan.host("scheduler"),
        "notion": _notion(plan, seeded),
        "assemblyai": _vendor(plan, "assemblyai", "url", "ws"),
        "anthropic": _vendor(plan, "anthropic", "base_url", "http"),
        "git": {
            "remote_url": plan.git_url,
            "username": GIT_USERNAME,
            "password": plan.git_password,
            "push_url": seeded and seeded.push_url,
            "webhook_secret": seeded and seeded.push_secret,
        },
        **{key: {"uid": user.uid, "id_token": user.id_token} for key, user in users.items()},
        "pid": os.getpid(),
        "services": {each.service.name: _process(each) for each in running},
    }
    draft = plan.run_file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf8") as file:
        json.dump(document, file, indent=1)
    draft.replace(plan.run_file)


def _process(each: Supervised) -> dict[str, Any]:
    control = each.service.control_url
    known = {"pid": each.pid, "url": each.service.address, "log": str(each.log)}
    return {**known, "control_url": control} if control else known


def _notion(plan: Plan, seeded: Seeded | None) -> dict[str, str | None] | None:
    addresses = _vendor(plan, "notion_standin", "base_url", "http")
    if addresses is None:
        return None
    return {
        **addresses,
        "token": plan.notion_token,
        "webhook_secret": seeded.webhook_secret if seeded else None,
        "parent_page_id": seeded.parent_page_id if seeded else None,
    }


def _vendor(plan: Plan, name: str, key: str, scheme: str) -> dict[str, str] | None:
    """The addresses of a stand-in; None where the vendor itself plays."""
    if name not in plan.ports:
        return None
    control = f"http://{plan.host(f'{name}_control')}"
    return {key: f"{scheme}://{plan.host(name)}", "control_url": control}
