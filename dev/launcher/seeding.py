"""What is written into the emulators and stand-ins of a fresh stack, and in which order."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from dev.launcher.ports import HOST
from dev.launcher.service import LaunchError, Plan
from dev.seed.calls import SeedError
from dev.seed.messaging import seed_pubsub, seed_schedule
from dev.seed.people import User, seed_users
from dev.seed.workspace import Addresses, Seeded, seed_workspace
from shared.settings import Settings

T = TypeVar("T")


def seed_messaging(plan: Plan) -> None:
    """Make topics, subscriptions and then the job of ticks; needs Pub/Sub and the scheduler.

    Raises:
        LaunchError: one of them refused or did not answer.
    """
    fields = Settings.model_fields
    where, job = fields["scheduler_location"].default, fields["scheduler_job"].default

    def seed() -> None:
        seed_pubsub(plan.host("pubsub"), plan.project_id, plan.ports)
        # A job that fires before its topic is there has failed, and counts as ill for a minute.
        seed_schedule(plan.host("scheduler"), plan.project_id, where, job)

    _explained(seed)


def seed_people(plan: Plan) -> dict[str, User]:
    """Sign the people in; needs Auth, unless it is the real one, which is left alone.

    Returns:
        The people by their name in run.json; nobody where Auth is the real one.

    Raises:
        LaunchError: the emulator refused or did not answer.
    """
    if "auth" not in plan.ports:
        return {}
    return _explained(lambda: seed_users(plan.host("auth"), plan.project_id))


DEMO_NEEDS = ("notion", "sync_workspace", "notion_standin", "git", "firestore")
"""The services that `seed_demo` needs beside those that the others need."""


def seed_demo(plan: Plan, users: Mapping[str, User]) -> Seeded:
    """Set the demo workspace up; only for a plan that `seeds_workspace`.

    Raises:
        LaunchError: a service refused or did not answer.
    """
    at = Addresses(
        product=f"http://{HOST}:{plan.port}",
        notion_control=f"http://{plan.host('notion_standin_control')}",
        git_control=f"http://{plan.host('git_control')}",
        git_url=plan.git_url,
        user_token=users["user"].id_token,
        admin_token=users["admin"].id_token,
    )
    return _explained(lambda: seed_workspace(at))


def _explained(seed: Callable[[], T]) -> T:
    try:
        return seed()
    except SeedError as exc:
        raise LaunchError(f"the stack can't be seeded: {exc}") from exc
