"""Sets up a workspace: everything is looked at first, then made, claimed and stored.

Each step may be repeated: a setup that died anywhere is mended by making the same request again,
and one that asks for what there is changes nothing.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

from shared.errors import FieldFault, Forbidden, InvalidRequest, NexusError, UpstreamRejected
from shared.ports.clock import Clock
from shared.ports.identity import Caller
from shared.ports.messaging import Publisher
from shared.ports.notion import DataSource
from shared.ports.schedule import Schedule
from shared.ports.secrets import Secrets
from shared.ports.state import StateStore
from shared.services.claims import Claims, Wish
from shared.services.connections import Connections
from shared.services.pending import Pending
from shared.services.setup_databases import Databases, columns_of
from shared.services.setup_keys import SetupKeys
from shared.services.setup_order import TASKS, TRACKER, Layout, SetupOrder
from shared.services.setup_store import SetupStore
from shared.services.setup_survey import Applicant, Survey, Surveyor
from shared.services.tick import WORKSPACE_TOPIC
from shared.services.workspaces import Workspaces, choose
from shared.sync.state import SyncState
from shared.sync.workspace import Collection, Remote, Workspace
from shared.telemetry import logger

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A workspace that is set up. `created`: names of the databases that were made just now.
    `push_secret`: only when it is new. `head`: the commit of the synced branch."""

    workspace: Workspace
    state: SyncState
    created: frozenset[str]
    push_secret: str | None
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPorts:
    """What a setup works with; `schedule` is None where nothing fires ticks."""

    store: StateStore
    clock: Clock
    secrets: Secrets
    publisher: Publisher
    schedule: Schedule | None


class Setup:
    """The use case behind `POST /notion/setup/{user_id}`."""

    def __init__(self, ports: SetupPorts, connections: Connections) -> None:
        self._ports = ports
        self._claims = Claims(ports.store, ports.clock)
        self._pending = Pending(ports.store, ports.clock)
        self._workspaces = Workspaces(ports.store)
        self._keys = SetupKeys(ports.secrets)
        self._surveyor = Surveyor(connections, self._claims, self._pending)
        self._stored = SetupStore(ports.store, ports.clock)
        self._log = logger(__name__)

    def run(
        self, caller: Caller, owner: str, order: SetupOrder, workspace_id: str | None = None
    ) -> SetUp:
        """Set a workspace of `owner` up, or bring it to what is asked for now.

        Raises:
            InvalidRequest: with every fault and every missing permission.
            Forbidden, NotConfigured: there is no Notion connection for this caller.
            Conflict: a data source or folder is another's; it was not said which workspace; or
                another request does the same just now.
            UpstreamUnavailable: something did not answer; the same request may be repeated.
        """
        known = self._workspaces.of(owner)
        by_token = order.notion_token is not None and workspace_id is None
        applicant = Applicant(
            caller=caller,
            owner=owner,
            known=tuple(known),
            chosen=None if by_token else choose(known, workspace_id),
            workspace_id=workspace_id,
        )
        survey = self._surveyor.survey(applicant, order)
        with self._pending.alone(survey.holder.wid, "setup", survey.holder.wid):
            done = self._carry_out(survey, order)
        self._wake(done)
        return done

    def _carry_out(self, survey: Survey, order: SetupOrder) -> SetUp:
        self._claims.check(survey.holder, _wish(survey, _sources_found(survey)))
        databases = Databases(survey.notion, self._pending, survey.holder.wid)
        sources, created = self._sources(survey, databases)
        wish = _wish(survey, {name: source.id for name, source in sources.items()})
        self._claims.take(survey.holder, wish)
        workspace = self._workspace(survey, order, sources, created)
        reference, secret = self._keys.for_pushes(workspace.wid, workspace.push_secret)
        workspace = replace(workspace, push_secret=reference)
        workspace, state = self._stored.save(survey.present, workspace, databases.marks())
        self._claims.release(survey.holder, keep=wish)
        head = survey.remote.head if survey.remote else None
        return SetUp(
            workspace=workspace, state=state, created=created, push_secret=secret, head=head
        )

    def _sources(
        self, survey: Survey, databases: Databases
    ) -> tuple[dict[str, DataSource], frozenset[str]]:
        """The data sources, made and completed; Tasks come first, since others point to them."""
        sources: dict[str, DataSource] = {}
        created: set[str] = set()
        faults: list[FieldFault] = []
        for place in sorted(survey.places, key=lambda each: each.name != TASKS):
            if place.name == TRACKER and TASKS not in sources:
                continue  # its fault is told already
            tasks_id = sources[TASKS].id if TASKS in sources else ""
            columns = columns_of(place.name, tasks_id)
            try:
                parent, source = survey.parent_page_id, place.source
                if source is None:
                    source, ours = databases.make(parent, place.title, columns)
                else:
                    ours = not place.known and databases.was_begun(parent, place.title)
                sources[place.name] = databases.complete(source, columns)
            except (Forbidden, UpstreamRejected, InvalidRequest) as error:
                faults.append(FieldFault(field=f"collections.{place.name}", message=error.detail))
                continue
            created |= {place.name} if ours else set()
        if faults:
            raise InvalidRequest("Notion refuses a part; `errors` says which.", tuple(faults))
        return sources, frozenset(created)

    def _workspace(
        self,
        survey: Survey,
        order: SetupOrder,
        sources: dict[str, DataSource],
        created: frozenset[str],
    ) -> Workspace:
        present, wid = survey.present, survey.holder.wid
        before = {each.name: each for each in present.collections} if present else {}
        tracker = present.tracker if present else None
        collections = tuple(
            _collection(each, sources[each.name], each.name in created, before.get(each.name))
            for each in survey.layouts
        )
        plain = Layout(name=TRACKER, folder="", direction="to_notion")
        base = present or Workspace(
            wid=wid,
            owner=survey.holder.owner,
            notion_id=survey.bot.workspace_id,
            notion_name=survey.bot.workspace_name,
            bot_id=survey.bot.id,
            parent_page_id=survey.parent_page_id,
            collections=collections,
            created_at=self._ports.clock.now(),
        )
        return replace(
            base,
            notion_name=survey.bot.workspace_name,
            bot_id=survey.bot.id,
            parent_page_id=survey.parent_page_id,
            collections=collections,
            tracker=_collection(plain, sources[TRACKER], TRACKER in created, tracker),
            repository=self._remote(survey),
            notion_token=self._keys.kept(f"notion-{wid}", order.notion_token, base.notion_token),
            policy=_or(order.policy, base.policy),
            branch_on_status=_or(order.branch_on_status, base.branch_on_status),
            docs_on_push=_or(order.docs_on_push, base.docs_on_push),
        )

    def _remote(self, survey: Survey) -> Remote | None:
        remote = survey.remote
        if remote is None:
            return None
        before = survey.present.repository if survey.present else None
        kept = remote.kept or (before.token if before and before.url == remote.url else "")
        reference = self._keys.kept(f"git-{survey.holder.wid}", remote.token, kept)
        return Remote(
            url=remote.url, branch=remote.branch, username=remote.username, token=reference
        )

    def _wake(self, done: SetUp) -> None:
        """Have it synced now; ticks do it a little later where this fails."""
        wid, now = done.workspace.wid, self._ports.clock.now()
        try:
            if done.state.generation != done.workspace.generation:
                message = {"workspace": wid, "at": now.isoformat()}
                self._ports.publisher.publish(WORKSPACE_TOPIC, message)
            if self._ports.schedule is not None:
                self._ports.schedule.resume()
        except NexusError as error:
            self._log.warning("could not start the sync at once", wid=wid, problem=error.problem)


def _or(given: T | None, kept: T) -> T:
    return kept if given is None else given


def _collection(
    layout: Layout, source: DataSource, created: bool, before: Collection | None
) -> Collection:
    return Collection(
        name=layout.name,
        data_source_id=source.id,
        database_id=source.database_id,
        url=source.url,
        folder=layout.folder,
        direction=layout.direction,
        created=created or (before is not None and before.created),
    )


def _sources_found(survey: Survey) -> dict[str, str]:
    return {each.name: each.source.id for each in survey.places if each.source is not None}


def _wish(survey: Survey, sources: dict[str, str]) -> Wish:
    if survey.remote is None:
        return Wish(sources=sources)
    return Wish(
        sources=sources,
        url=survey.remote.url,
        branch=survey.remote.branch,
        folders=tuple(each.folder for each in survey.layouts),
    )
