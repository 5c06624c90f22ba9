"""Looks at everything that a setup rests on before anything is changed, and tells all faults."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.errors import (
    FieldFault,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    NotFound,
    UpstreamRejected,
)
from shared.ports.identity import Caller
from shared.ports.notion import Bot, NotionWorkspace
from shared.services.claims import Claims, Holder
from shared.services.connections import Connections
from shared.services.pending import Pending
from shared.services.setup_databases import Databases
from shared.services.setup_order import TRACKER, Layout, SetupOrder, layouts
from shared.services.setup_remote import RemoteSurvey, survey_remote
from shared.services.setup_search import REFUSED, Place, Search
from shared.sync.workspace import Collection, Workspace, workspace_key
from shared.text.slug import slug

_PAGE_ID: Final = re.compile(r"[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is. `present`: the workspace's configuration so far. `remote`: its repository."""

    holder: Holder
    bot: Bot
    notion: NotionWorkspace
    present: Workspace | None
    parent_page_id: str
    layouts: tuple[Layout, ...]
    places: tuple[Place, ...]
    remote: RemoteSurvey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who asks for a setup. `known`: the owner's workspaces; `chosen`: the one that is meant, None
    for a new one or where only the token tells. `workspace_id`: as it was asked for."""

    caller: Caller
    owner: str
    known: tuple[Workspace, ...] = ()
    chosen: Workspace | None = None
    workspace_id: str | None = None


class Surveyor:
    """Makes the survey of one setup; it only reads."""

    def __init__(self, connections: Connections, claims: Claims, pending: Pending) -> None:
        self._connections = connections
        self._claims = claims
        self._pending = pending

    def survey(self, applicant: Applicant, order: SetupOrder) -> Survey:
        """Look at Notion, the repository and the folders.

        Raises:
            InvalidRequest: with every fault that was found.
            Forbidden, NotConfigured: there is no Notion connection for this caller.
        """
        notion = self._connect(applicant, order)
        faults: list[FieldFault] = []
        bot = _bot(notion, faults)
        present = applicant.chosen
        if bot is not None:
            present = self._present(applicant, bot, faults)
        remote = survey_remote(self._connections, applicant.caller, order, present, faults)
        plan, layout_faults = layouts(order.collections, present.collections if present else ())
        faults += layout_faults
        if bot is None:
            raise _invalid(faults)
        holder = Holder(wid=workspace_key(applicant.owner, bot.workspace_id), owner=applicant.owner)
        parent = _parent(notion, order, present, faults)
        search = Search(
            databases=Databases(notion, self._pending, holder.wid),
            claims=self._claims,
            holder=holder,
            parent=parent,
            implicit=order.parent_page_id is None and present is None,
            docs_database=self._docs_database(order, present),
            known=_known(present, parent),
        )
        places = search.all((*(each.name for each in plan), TRACKER), faults) if parent else ()
        if faults:
            raise _invalid(faults)
        return Survey(
            holder=holder,
            bot=bot,
            notion=notion,
            present=present,
            parent_page_id=parent,
            layouts=self._free(plan, holder, remote),
            places=places,
            remote=remote,
        )

    def _connect(self, applicant: Applicant, order: SetupOrder) -> NotionWorkspace:
        if order.notion_token:
            return self._connections.notion_with(order.notion_token)
        chosen, deployment = applicant.chosen, self._connections.deployment
        if chosen is not None and chosen.notion_token:
            return self._connections.notion(chosen, interactive=True)
        if not deployment.notion_token:
            raise NotConfigured("There is no Notion connection: send a `notion_token` of yours.")
        if not deployment.serves(applicant.caller):
            detail = "Our Notion connection serves members alone: send a `notion_token` of yours."
            raise Forbidden(detail)
        return self._connections.notion_with(deployment.notion_token)

    def _present(
        self, applicant: Applicant, bot: Bot, faults: list[FieldFault]
    ) -> Workspace | None:
        wid = workspace_key(applicant.owner, bot.workspace_id)
        wanted = applicant.workspace_id
        if wanted is not None and wanted not in (bot.workspace_id, wid):
            message = "the connection is one to another Notion workspace"
            faults.append(FieldFault(field="workspace_id", message=message))
        return next((each for each in applicant.known if each.wid == wid), None)

    def _docs_database(self, order: SetupOrder, present: Workspace | None) -> str:
        own = order.notion_token or order.parent_page_id or (present and present.notion_token)
        return "" if own else self._connections.deployment.docs_database

    def _free(
        self, plan: tuple[Layout, ...], holder: Holder, remote: RemoteSurvey | None
    ) -> tuple[Layout, ...]:
        """The layouts; where all is left to us, in folders that nobody has."""
        if remote is None or not remote.implicit:
            return plan
        return tuple(
            each
            if each.chosen
            or not self._claims.overlapping(holder, remote.url, remote.branch, each.folder)
            else Layout(
                name=each.name,
                folder=f"notion/{slug(holder.owner)}/{each.name}",
                direction=each.direction,
            )
            for each in plan
        )


def _bot(notion: NotionWorkspace, faults: list[FieldFault]) -> Bot | None:
    try:
        return notion.me()
    except (UpstreamRejected, Forbidden, NotFound) as error:
        faults.append(FieldFault(field="notion_token", message=error.detail))
        return None


def _parent(
    notion: NotionWorkspace, order: SetupOrder, present: Workspace | None, faults: list[FieldFault]
) -> str:
    """The id of the page below which the databases lie; "" with a fault."""
    given = order.parent_page_id
    if given is None:
        return present.parent_page_id if present else _only_page(notion, faults)
    digits = _PAGE_ID.search(given.split("?")[0].replace("-", "").lower())
    if digits is None:
        message = "the id or the address of a Notion page"
        faults.append(FieldFault(field="parent_page_id", message=message))
        return ""
    parent = str(UUID(digits[0]))
    try:
        notion.children(parent)
    except REFUSED as error:
        message = f"{error.detail} Share the page with the connection: ••• → Connections."
        faults.append(FieldFault(field="parent_page_id", message=message))
        return ""
    return parent


def _only_page(notion: NotionWorkspace, faults: list[FieldFault]) -> str:
    """The one page that is shared with the connection and lies in no other shared thing."""
    pages = notion.search("", "page")
    above = {each.id for each in (*pages, *notion.search("", "data_source"))}
    tops = [each for each in pages if each.parent is None]
    tops = tops or [each for each in pages if each.parent not in above]
    if len(tops) == 1:
        return tops[0].id
    message = (
        "say below which page the databases are to be: "
        f"{len(tops)} top pages are shared with the connection"
    )
    faults.append(FieldFault(field="parent_page_id", message=message))
    return ""


def _known(present: Workspace | None, parent: str) -> dict[str, Collection]:
    """The data sources so far, unless the workspace moves to another page."""
    if present is None or parent != present.parent_page_id:
        return {}
    tracker = {TRACKER: present.tracker} if present.tracker else {}
    return {**{each.name: each for each in present.collections}, **tracker}


def _invalid(faults: list[FieldFault]) -> InvalidRequest:
    return InvalidRequest("The setup cannot be done; `errors` says why.", tuple(faults))
