"""Push webhooks of git hosts: a push by others to the synced branch wakes the workspace."""

import secrets as randomness
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from shared.errors import NotFound, Unauthenticated, UnreadableBody
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.secrets import Secrets
from shared.ports.state import StateStore
from shared.services.signatures import is_git_hosts, read_object
from shared.services.tick import WORKSPACE_TOPIC
from shared.services.workspaces import Workspaces
from shared.sync.workspace import Workspace

TRAILER: Final = "Nexus-Sync:"
_EVENTS: Final = ("x-github-event", "x-gitea-event", "x-forgejo-event", "x-gitlab-event")
_PUSHES: Final = ("push", "Push Hook")
_FORM: Final = "application/x-www-form-urlencoded"


class PushHooks:
    """Takes push webhooks of GitHub, GitLab, Gitea and Forgejo."""

    def __init__(
        self, store: StateStore, secrets: Secrets, publisher: Publisher, clock: Clock
    ) -> None:
        self._workspaces = Workspaces(store)
        self._secrets = secrets
        self._publisher = publisher
        self._clock = clock

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
        event = next((headers[name] for name in _EVENTS if name in headers), "push")
        if workspace is None or event not in _PUSHES:
            return False
        if not _concerns(workspace, _payload(headers, body)):
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


def _concerns(workspace: Workspace, push: Mapping[str, Any]) -> bool:
    """Whether a push went to the synced branch, and not from ourselves."""
    remote = workspace.repository
    if remote is None or push.get("ref") != f"refs/heads/{remote.branch}":
        return False
    return not _is_ours(_head_message(push))


def _head_message(push: Mapping[str, Any]) -> str:
    head, after = push.get("head_commit"), push.get("after")
    listed = push.get("commits")
    if not isinstance(head, dict) and isinstance(listed, list):
        named = (each for each in listed if isinstance(each, dict) and each.get("id") == after)
        head = next(named, None)
    return str(head.get("message", "")) if isinstance(head, dict) else ""


def _is_ours(message: str) -> bool:
    trailers = message.rstrip().rpartition("\n\n")[2]
    return any(line.startswith(TRAILER) for line in trailers.splitlines())
