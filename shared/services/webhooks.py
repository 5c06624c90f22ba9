"""Notion's webhooks: the handshake, and events that wake workspaces.

An event is only a hint: it names a page, never what it holds, may come late, twice, out of order
or not at all. https://developers.notion.com/reference/webhooks-events-delivery
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import Conflict, Forbidden, NotFound, StaleWrite, Unauthenticated
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.secrets import Secrets
from shared.ports.state import Document, Put, StateStore
from shared.services.claims import Claims
from shared.services.setup_order import TRACKER
from shared.services.signatures import is_notions, read_object
from shared.services.tick import WORKSPACE_TOPIC
from shared.services.workspaces import Workspaces
from shared.sync.state import read_state, state_path
from shared.sync.workspace import Workspace

ARMED: Final = timedelta(minutes=15)
_AROUND: Final = timedelta(seconds=2)
_PATH: Final = "webhooks/notion"
_SECRET: Final = "notion-webhook-token"
_MAX_TOKEN_CHARS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPorts:
    """What Notion's webhooks take. `token`: the one of the settings, "" where there is none."""

    store: StateStore
    secrets: Secrets
    publisher: Publisher
    clock: Clock
    token: str = ""


class Webhooks:
    """Takes Notion's deliveries and looks after the token that they are signed with."""

    def __init__(self, ports: WebhookPorts) -> None:
        self._ports = ports
        self._claims = Claims(ports.store, ports.clock)
        self._workspaces = Workspaces(ports.store)

    def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take one delivery: an event wakes its workspace, a handshake brings the token.

        `headers`: names in lower case.

        Raises:
            Unauthenticated: the signature is wrong.
            Forbidden: a handshake that nobody armed for, or where a token is set.
            UnreadableBody: no JSON object.
            UpstreamUnavailable: it could not be handed on.
        """
        token = self._token()
        if token and not is_notions(headers, body, token):
            raise Unauthenticated("The signature is wrong.")
        content = read_object(body)
        given = content.get("verification_token")
        if token:
            if given is None:  # the handshake sent again tells nothing new
                self._wake(content)
        elif isinstance(given, str) and 0 < len(given) <= _MAX_TOKEN_CHARS:
            self._shake_hands(headers, body, given)
        else:
            raise Unauthenticated("No token is set: arm the webhook and let Notion send it.")

    def arm(self, *, replace: bool = False) -> datetime:
        """Accept a handshake for 15 minutes; until when.

        `replace`: forget the token that is set, for example since the subscription was made anew.

        Raises:
            Conflict: a token is set.
        """
        document = self._document()
        if self._ports.token or (document and document.data["token"] and not replace):
            raise Conflict("A token is set already; arm with `replace` to have another one.")
        # Also one that was stored by a handshake that died before it was noted here.
        self._ports.secrets.delete(_SECRET)
        until = self._ports.clock.now() + ARMED
        self._save(document, {"armed_until": until, "token": "", "shown": False})
        return until

    def show_token(self) -> str:
        """The token, for Notion's form; it is shown once.

        Raises:
            NotFound: none is set.
            Conflict: it was shown before.
        """
        document = self._document()
        if document is None or not document.data["token"]:
            raise NotFound("There is no token: arm the webhook and let Notion send it.")
        if document.data["shown"]:
            raise Conflict("The token was shown already; arm with `replace` to have another one.")
        token = self._ports.secrets.get(document.data["token"])
        self._save(document, {**document.data, "shown": True})
        return token

    def _token(self) -> str:
        if self._ports.token:
            return self._ports.token
        document = self._document()
        reference = document.data["token"] if document else ""
        return self._ports.secrets.get(reference) if reference else ""

    def _shake_hands(self, headers: Mapping[str, str], body: bytes, token: str) -> None:
        document = self._document()
        until = document.data["armed_until"] if document else None
        if document is None or until is None or self._ports.clock.now() > until:
            raise Forbidden("Nobody waits for a token: arm the webhook first.")
        if "x-notion-signature" in headers and not is_notions(headers, body, token):
            raise Unauthenticated("The signature is wrong.")
        try:
            reference = self._ports.secrets.create(_SECRET, token)
        except Conflict as exc:
            raise Forbidden("Another token came first: arm the webhook again.") from exc
        self._save(document, {"armed_until": None, "token": reference, "shown": False})

    def _wake(self, event: Mapping[str, Any]) -> None:
        source, pages = _concerned(event)
        claimant = self._claims.claimant(source) if source else None
        if claimant is None or claimant[1] == TRACKER:
            return
        workspace = self._workspaces.get(claimant[0])
        if workspace is None or (_is_own(event, workspace) and self._wrote_then(event, workspace)):
            return
        now = self._ports.clock.now().isoformat()
        message = {"workspace": workspace.wid, "pages": pages, "at": now}
        self._ports.publisher.publish(WORKSPACE_TOPIC, message)

    def _wrote_then(self, event: Mapping[str, Any], workspace: Workspace) -> bool:
        """Whether a run of ours wrote to Notion at the time of an event; if not, some other
        program uses the same token."""
        document = self._ports.store.get(state_path(workspace.wid))
        state = read_state(document.data) if document else None
        if state is None or state.leased(self._ports.clock.now()):
            return state is not None
        run = state.last_run
        try:
            at = datetime.fromisoformat(str(event.get("timestamp")))
        except ValueError:
            return False
        if run is None or at.tzinfo is None or not run.changes.to_notion + run.changes.deleted:
            return False
        return run.started_at - _AROUND <= at <= run.finished_at + _AROUND

    def _document(self) -> Document | None:
        return self._ports.store.get(_PATH)

    def _save(self, document: Document | None, data: Mapping[str, Any]) -> None:
        version = document.version if document else "absent"
        try:
            self._ports.store.commit([Put(path=_PATH, data=dict(data), if_version=version)])
        except StaleWrite as exc:
            raise Conflict("Somebody else changes the webhook just now; try again.") from exc


def _concerned(event: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The data source that an event is about, "" if none, and the page if there is one."""
    entity, data = _part(event, "entity"), _part(event, "data")
    identity = str(entity.get("id", ""))
    if entity.get("type") == "data_source":
        return identity, []
    source = str(_part(data, "parent").get("data_source_id") or "")
    return source, [identity] if entity.get("type") == "page" and identity else []


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _is_own(event: Mapping[str, Any], workspace: Workspace) -> bool:
    """Whether nobody but the workspace's own connection did it; what came of others never is."""
    authors = event.get("authors")
    if not isinstance(authors, list) or not authors:
        return False
    own = ("bot", workspace.bot_id)
    return all(isinstance(a, dict) and (a.get("type"), a.get("id")) == own for a in authors)
