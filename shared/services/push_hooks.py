"""Push webhooks of git hosts: a push by others to a watched branch wakes the workspace."""

import secrets as randomness
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from shared.errors import NotFound, Unauthenticated, UnreadableBody
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.repository import asked_for
from shared.ports.secrets import Secrets
from shared.ports.state import StateStore
from shared.services.signatures import is_git_hosts, read_object
from shared.services.tick import WORKSPACE_TOPIC
from shared.services.workspaces import Workspaces
from shared.sync.report import WATCHED
from shared.sync.workspace import Workspace
from shared.telemetry import logger
from shared.tracker.filters import trailers
from shared.tracker.payload import Ignored, Push, read_push

_FORM: Final = "application/x-www-form-urlencoded"


class PushHooks:
    """Takes push webhooks of GitHub, GitLab, Gitea, Forgejo and Bitbucket."""

    def __init__(
        self, store: StateStore, secrets: Secrets, publisher: Publisher, clock: Clock
    ) -> None:
        self._workspaces = Workspaces(store)
        self._secrets = secrets
        self._publisher = publisher
        self._clock = clock
        self._log = logger(__name__)

    def receive(self, wid: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Take one delivery; whether it wakes the workspace.

        `headers`: names in lower case. The body is read only once its sender is known.

        Raises:
            Unauthenticated: the signature is wrong, or there is no such workspace.
            UnreadableBody: it is signed, and no JSON object.
            UpstreamUnavailable: it could not be handed on; the next tick looks all the same.
        """
        workspace = self._workspaces.get(wid)
        if not is_git_hosts(headers, body, self._secret(workspace), self._clock.now()):
            raise Unauthenticated("The signature is wrong: is it the webhook's own secret?")
        if workspace is None:
            return False
        reason = _why_not(workspace, read_push(headers, _payload(headers, body)))
        if reason is not None:
            self._log.info("ignored a push webhook", wid=wid, reason=reason)
            return False
        message = {"workspace": wid, "at": self._clock.now().isoformat()}
        self._publisher.publish(WORKSPACE_TOPIC, message)
        return True

    def _secret(self, workspace: Workspace | None) -> str:
        """The workspace's secret; one that nobody knows where there is none."""
        if workspace is not None and workspace.push_secret:
            try:
                return self._secrets.get(workspace.push_secret)
            except NotFound:
                pass
        return randomness.token_hex(32)


def _payload(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return read_object(body)
    try:
        fields = parse_qs(body.decode())
    except ValueError as exc:
        raise UnreadableBody("The body is not a form.") from exc
    return read_object(fields.get("payload", [""])[0])  # GitHub's usual form of a webhook


def _why_not(workspace: Workspace, push: Push | Ignored) -> str | None:
    """Why a delivery wakes nobody, None if it does."""
    if isinstance(push, Ignored):
        return push.reason
    remote = workspace.repository
    if remote is None:
        return "no repository"
    if not any(asked_for(branch, [remote.branch, *WATCHED]) for branch in push.branches):
        return "other branch"
    from shared.sync.commit import TRAILER  # loads the planner's model, for pushes alone

    # The run that pushed it tells of it.
    return "our own" if TRAILER.lower() in trailers(push.message) else None
