"""Setup: what is made, found, kept, refused, and mended after every crash."""

from dataclasses import replace
from typing import Any

import pytest

from dev.fakes.notion import FakeNotion
from dev.fakes.repository import FakeRepository
from shared.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    UpstreamUnavailable,
)
from shared.ports.identity import Caller
from shared.ports.notion import Property
from shared.ports.state import Query
from shared.services.connections import Deployment
from shared.services.setup_order import CollectionOrder, RepositoryOrder, SetupOrder
from shared.sync.report import Hints
from shared.sync.workspace import NEXUS_ID, workspace_key
from tests.support.mortal import Died, Mortal
from tests.support.notion_house import ADA, GIT_URL, MALLORY, TOKEN, NotionHouse

GRACE = Caller(uid="grace", member=True)


@pytest.fixture
def house() -> NotionHouse:
    return NotionHouse()


def another_notion(house: NotionHouse, token: str) -> FakeNotion:
    """A Notion workspace that shares nothing with the deployment's, its ids included."""
    notion = FakeNotion(house.clock)
    for _ in range(1000):
        notion.tables.new_id()
    notion.root = notion.add_page("Home", notion.root)
    notion.tables.pages = {notion.root: notion.tables.pages[notion.root]}
    notion.bot = replace(notion.bot, workspace_id=notion.tables.new_id())
    house.notions[token] = notion
    return notion


def titles(notion: FakeNotion) -> list[str]:
    return sorted(each.title for each in notion.children(notion.root) if each.kind == "database")


def faults(error: pytest.ExceptionInfo[InvalidRequest]) -> set[str]:
    return {fault.field for fault in error.value.faults}


def test_a_member_gets_databases_claims_a_secret_and_a_first_sync(house: NotionHouse) -> None:
    done = house.set_up()
    workspace = done.workspace
    assert titles(house.notion) == ["Docs", "Tasks", "Tracker"]
    assert done.created == {"tasks", "docs", "tracker"}
    assert workspace.wid == workspace_key("ada", house.notion.bot.workspace_id)
    assert [(each.name, each.folder) for each in workspace.collections] == [
        ("tasks", "notion/tasks"),
        ("docs", "notion/docs"),
    ]
    assert workspace.repository is not None
    assert (workspace.repository.url, workspace.repository.branch) == (GIT_URL, "main")
    assert done.head == house.repository.refs().heads["main"]
    assert done.push_secret == house.secrets.get(workspace.push_secret)
    assert house.woken() == [{"workspace": workspace.wid, "at": house.clock.now().isoformat()}]
    state = house.state(workspace)
    assert (state.generation, state.next_sync_at) == (0, house.clock.now())
    tasks = house.notion.data_source(workspace.collection("tasks").data_source_id)
    kinds = {each.name: each.kind for each in tasks.properties}
    assert kinds == {
        "Name": "title",
        "Status": "select",
        "ID": "unique_id",
        "Branch": "url",
        NEXUS_ID: "rich_text",
    }
    assert next(each.options for each in tasks.properties if each.name == "ID") == ("TASK",)
    tracker = house.notion.data_source(
        workspace.tracker.data_source_id if workspace.tracker else ""
    )
    relation = tracker.property("Tasks")
    assert relation is not None
    assert relation.target == tasks.id


def test_the_same_request_again_changes_nothing(house: NotionHouse) -> None:
    first = house.set_up(notion_token=TOKEN)
    documents = house.store.query(Query(collection="claims"))
    secrets, writes = dict(house.secrets.values), len(house.notion.calls)
    for token in (None, TOKEN):
        again = house.set_up(notion_token=token)
        assert again.workspace == first.workspace
        assert (again.created, again.push_secret) == (frozenset(), None)
    assert house.secrets.values == secrets
    assert house.store.query(Query(collection="claims")) == documents
    made = {call.method for call in house.notion.calls[writes:]}
    assert made & {"create_database", "add_properties"} == set()


def test_a_database_that_is_there_is_used_and_only_completed(house: NotionHouse) -> None:
    own = (
        Property(id="", name="Titel", kind="title"),
        Property(id="", name="Zustand", kind="status", options=("A", "B")),
        Property(id="", name="Branch", kind="rich_text"),
    )
    there = house.notion.add_source("Tasks", own)
    done = house.set_up()
    assert done.created == {"docs", "tracker"}
    source = house.notion.data_source(done.workspace.collection("tasks").data_source_id)
    assert source.id == there.id
    kinds = {each.name: each.kind for each in source.properties}
    assert kinds == {
        "Titel": "title",
        "Zustand": "status",
        "Branch": "rich_text",
        "ID": "unique_id",
        NEXUS_ID: "rich_text",
    }


def test_the_docs_database_of_the_deployment_is_taken_by_either_id(house: NotionHouse) -> None:
    source = house.notion.add_source("Handbook", (Property(id="", name="Name", kind="title"),))
    for identity in (source.id, source.database_id):
        house.deployment = Deployment(notion_token=TOKEN, docs_database=identity)
        workspace = house.set_up().workspace
        assert workspace.collection("docs").data_source_id == source.id


def test_a_changed_branch_or_folder_begins_a_new_generation(house: NotionHouse) -> None:
    house.set_up()
    house.repository.commit("dev", {"b.py": b""})
    moved = house.set_up(repository=RepositoryOrder(branch="dev")).workspace
    assert (moved.generation, moved.repository and moved.repository.branch) == (2, "dev")
    folder = CollectionOrder(name="docs", folder="handbook/")
    again = house.set_up(collections=(folder,)).workspace
    assert (again.generation, again.collection("docs").folder) == (3, "handbook")
    policy = house.set_up(policy="git", branch_on_status=True).workspace
    assert (policy.generation, policy.policy, policy.branch_on_status) == (3, "git", True)
    held = house.store.query(Query(collection="claims", where=(("kind", "==", "folder"),)))
    assert sorted(each.data["folder"] for each in held) == ["handbook", "notion/tasks"]


def test_what_the_engine_knew_is_void_with_a_new_generation(house: NotionHouse) -> None:
    workspace = house.set_up().workspace
    house.syncing().run(workspace, Hints(force=True))
    assert house.state(workspace).generation == 1
    moved = CollectionOrder(name="docs", folder="handbook")
    workspace = house.set_up(collections=(moved,)).workspace
    state = house.state(workspace)
    assert (state.generation, state.next_sync_at) == (0, house.clock.now())
    house.set_up(policy="git")
    house.syncing().run(workspace, Hints(force=True))
    assert house.state(workspace).generation == workspace.generation == 2


def test_all_faults_are_told_at_once(house: NotionHouse) -> None:
    with pytest.raises(InvalidRequest) as caught:
        house.set_up(
            MALLORY,
            notion_token="ntn_wrong",
            repository=RepositoryOrder(url="https://evil.example/x.git"),
            collections=(
                CollectionOrder(name="tasks", folder="../up"),
                CollectionOrder(name="Bad Name"),
                CollectionOrder(name="notes", folder="notion"),
            ),
        )
    assert faults(caught) == {
        "notion_token",
        "repository.url",
        "collections.0.folder",
        "collections.1.name",
        "collections",
    }
    assert house.store.query(Query(collection="claims")) == []


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"parent_page_id": "no page"}, "parent_page_id"),
        ({"parent_page_id": "0" * 32}, "parent_page_id"),
        ({"repository": RepositoryOrder(branch="gone")}, "repository.branch"),
        ({"collections": (CollectionOrder(name="tracker"),)}, "collections.0.name"),
    ],
)
def test_a_single_fault_is_named(house: NotionHouse, order: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        house.set_up(**order)
    assert faults(caught) == {field}


@pytest.mark.parametrize(
    "folder", ["", "/", "/a", "a//b", "a/../b", ".", "a/.git", "a\\b", "a\nb", "x" * 201, " a"]
)
def test_a_folder_outside_the_rules_is_refused(house: NotionHouse, folder: str) -> None:
    with pytest.raises(InvalidRequest):
        house.set_up(collections=(CollectionOrder(name="docs", folder=folder),))


def test_missing_permissions_of_all_databases_are_told_at_once(house: NotionHouse) -> None:
    refused = Forbidden("The connection lacks the capability to insert content.")
    house.notion.fail_next(9, refused, "create_database")
    with pytest.raises(InvalidRequest) as caught:
        house.set_up()
    assert faults(caught) == {"collections.tasks", "collections.docs"}


def test_the_deployments_keys_serve_members_alone(house: NotionHouse) -> None:
    with pytest.raises(Forbidden):
        house.set_up(MALLORY)
    house.deployment = Deployment(notion_token=TOKEN, members=("mallory",))
    assert house.set_up(MALLORY).workspace.repository is None
    house.deployment = Deployment()
    with pytest.raises(NotConfigured):
        house.set_up(GRACE)


def test_a_stranger_brings_their_own_keys_and_may_not_use_ours(house: NotionHouse) -> None:
    another_notion(house, "ntn_own")
    with pytest.raises(InvalidRequest) as caught:
        house.set_up(MALLORY, notion_token="ntn_own", repository=RepositoryOrder(url=GIT_URL))
    assert faults(caught) == {"repository.token"}
    assert house.opened == []
    own = "https://git.example/mallory/own.git"
    house.repositories[own] = FakeRepository()
    given = RepositoryOrder(url=own, username="m", token="t0ken")
    workspace = house.set_up(MALLORY, notion_token="ntn_own", repository=given).workspace
    assert set(house.opened) == {(own, "m", "t0ken")}
    assert workspace.notion_token
    assert workspace.repository is not None
    assert house.secrets.get(workspace.repository.token) == "t0ken"
    assert house.secrets.get(workspace.notion_token) == "ntn_own"


def test_a_stored_token_does_not_follow_to_another_address(house: NotionHouse) -> None:
    other = "https://elsewhere.example/x.git"
    house.repositories[other] = FakeRepository()
    house.set_up(repository=RepositoryOrder(token="s3cret"))
    house.opened.clear()
    house.set_up(repository=RepositoryOrder(url=other))
    assert {token for _, _, token in house.opened} == {""}


def test_keys_that_are_not_kept_any_more_are_asked_for_again(house: NotionHouse) -> None:
    given = RepositoryOrder(token="t0ken")
    before = house.set_up(notion_token=TOKEN, repository=given).workspace
    house.secrets.values.clear()
    assert house.statuses().of("ada")[0].budget["limit"] == 0
    with pytest.raises(NotConfigured, match="notion_token"):
        house.set_up()
    with pytest.raises(InvalidRequest) as caught:
        house.set_up(notion_token=TOKEN)
    assert faults(caught) == {"repository.token"}
    mended = house.set_up(notion_token=TOKEN, repository=given)
    assert mended.workspace.generation == before.generation
    assert mended.push_secret == house.secrets.get(mended.workspace.push_secret)
    assert house.statuses().of("ada")[0].budget["limit"] > 0


def test_what_another_user_syncs_is_refused_without_naming_them(house: NotionHouse) -> None:
    house.set_up()
    with pytest.raises(Conflict) as caught:
        house.set_up(GRACE, parent_page_id=house.notion.root)
    assert "another user" in caught.value.detail
    assert "ada" not in caught.value.detail
    page = house.notion.add_page("Grace's")
    inside = (CollectionOrder(name="tasks", folder="notion/Tasks/x"),)
    same = f"{GIT_URL[:-4]}/"
    house.repositories[same] = house.repository
    with pytest.raises(Conflict, match="folder"):
        house.set_up(
            GRACE,
            parent_page_id=page,
            repository=RepositoryOrder(url=same),
            collections=inside,
        )
    assert len(titles(house.notion)) == 3


def test_a_second_member_who_leaves_all_to_us_gets_places_of_their_own(house: NotionHouse) -> None:
    house.set_up()
    second = house.set_up(GRACE)
    assert titles(house.notion) == [
        "Docs",
        "Docs (grace)",
        "Tasks",
        "Tasks (grace)",
        "Tracker",
        "Tracker (grace)",
    ]
    folders = [each.folder for each in second.workspace.collections]
    assert folders == ["notion/grace/tasks", "notion/grace/docs"]
    assert house.set_up(GRACE).workspace == second.workspace


def test_with_several_workspaces_one_has_to_say_which(house: NotionHouse) -> None:
    another_notion(house, "ntn_two")
    first = house.set_up().workspace
    second = house.set_up(
        notion_token="ntn_two", collections=(CollectionOrder(name="tasks", folder="t"),)
    )
    with pytest.raises(Conflict, match=first.notion_id):
        house.set_up()
    for chosen in (first.notion_id, first.wid):
        assert house.setup().run(ADA, "ada", SetupOrder(), chosen).workspace == first
    assert second.workspace.wid != first.wid
    with pytest.raises(InvalidRequest) as caught:
        house.setup().run(ADA, "ada", SetupOrder(), "unknown")
    assert faults(caught) == {"workspace_id"}


def test_of_several_shared_pages_one_has_to_be_named(house: NotionHouse) -> None:
    other = house.notion.add_page("Other")
    with pytest.raises(InvalidRequest) as caught:
        house.set_up()
    assert faults(caught) == {"parent_page_id"}
    address = f"https://www.notion.so/Other-{other.replace('-', '')}?pvs=4"
    assert house.set_up(parent_page_id=address).workspace.parent_page_id == other


def test_a_paused_schedule_is_resumed_and_its_failure_is_no_fault(house: NotionHouse) -> None:
    house.schedule.error = UpstreamUnavailable("down")
    house.publisher.error = UpstreamUnavailable("down")
    assert house.set_up().workspace.collections
    house.schedule.error = None
    house.publisher.error = None
    house.schedule.job = type(house.schedule.job)(enabled=False, last_attempt_at=None, ok=True)
    house.set_up()
    assert house.schedule.job.enabled


def test_an_empty_repository_is_no_fault(house: NotionHouse) -> None:
    house.repositories[GIT_URL] = FakeRepository()
    done = house.set_up(repository=RepositoryOrder(branch="trunk"))
    assert done.head is None
    assert done.workspace.repository is not None
    assert done.workspace.repository.branch == "trunk"


def world(house: NotionHouse) -> Any:
    """What is there in the end, without ids that depend on the order of things."""
    claims = house.store.query(Query(collection="claims", limit=500))
    kinds = sorted((c.data.get("kind", "gate"), c.data.get("wid", "")) for c in claims)
    [workspace] = house.workspaces.of("ada")
    state = house.state(workspace)
    return (
        titles(house.notion),
        kinds,
        [(each.name, each.folder, each.created) for each in workspace.collections],
        (state.generation, state.wid),
        sorted(house.secrets.values),
    )


@pytest.mark.parametrize("after", [False, True])
def test_a_setup_that_died_at_any_call_is_mended_by_the_next(after: bool) -> None:
    whole = NotionHouse()
    counted = Mortal(10_000, after=False)
    whole.wrap = counted
    whole.set_up()
    whole.wrap = lambda port: port
    calls, expected = 10_000 - counted.left, world(whole)
    assert calls > 30
    for number in range(1, calls + 1):
        house = NotionHouse()
        house.wrap = Mortal(number, after=after)
        with pytest.raises(Died):
            house.set_up()
        house.wrap = lambda port: port
        house.clock.advance(61)
        done = house.set_up()
        assert world(house) == expected, f"died at call {number}"
        assert done.workspace == house.workspaces.get(done.workspace.wid)


def test_a_create_whose_answer_is_lost_is_not_made_twice(house: NotionHouse) -> None:
    lost = UpstreamUnavailable("The answer was lost.", "notion")
    house.notion.lose_answers(1, lost, "create_database")
    with pytest.raises(UpstreamUnavailable):
        house.set_up()
    done = house.set_up()
    assert titles(house.notion) == ["Docs", "Tasks", "Tracker"]
    assert done.created == {"tasks", "docs", "tracker"}


def test_a_create_that_may_still_happen_is_waited_for(house: NotionHouse) -> None:
    house.notion.fail_next(1, UpstreamUnavailable("no answer", "notion"), "create_database")
    with pytest.raises(UpstreamUnavailable):
        house.set_up()
    with pytest.raises(UpstreamUnavailable) as caught:
        house.set_up()
    assert 0 < caught.value.retry_after_s <= 60
    house.clock.advance(61)
    house.set_up()
    assert titles(house.notion) == ["Docs", "Tasks", "Tracker"]


def test_two_who_set_up_at_once_do_not_both_go_on(
    house: NotionHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    notion = house.notion
    create = notion.create_database
    seen: list[Exception] = []

    def meanwhile(*args: Any) -> Any:
        if not seen:
            with pytest.raises(Conflict) as caught:
                house.set_up()
            seen.append(caught.value)
        return create(*args)

    monkeypatch.setattr(notion, "create_database", meanwhile)
    house.set_up()
    assert len(seen) == 1
    assert titles(notion) == ["Docs", "Tasks", "Tracker"]
