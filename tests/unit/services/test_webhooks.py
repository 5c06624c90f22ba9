"""Notion's webhooks: the handshake, signatures, and which events wake whom."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, NotFound, Unauthenticated, UnreadableBody
from shared.ports.state import Put
from shared.sync.state import Counts, Run, read_state, state_document, state_path
from shared.sync.workspace import Workspace
from tests.support.notion_house import NotionHouse

TOKEN = "secret_abc"


@pytest.fixture
def house() -> NotionHouse:
    return NotionHouse(webhook_token=TOKEN)


@pytest.fixture
def workspace(house: NotionHouse) -> Workspace:
    made = house.set_up().workspace
    house.publisher.messages.clear()
    return made


def deliver(house: NotionHouse, content: Any, token: str | None = TOKEN) -> None:
    body = json.dumps(content).encode() if not isinstance(content, bytes) else content
    headers = {}
    if token is not None:
        digest = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
        headers["x-notion-signature"] = f"sha256={digest}"
    house.webhooks().receive(headers, body)


def event(source: str, **changes: Any) -> dict[str, Any]:
    return {
        "type": "page.content_updated",
        "authors": [{"id": "person-1", "type": "person"}],
        "entity": {"id": "page-1", "type": "page"},
        "data": {"parent": {"id": "d", "type": "database", "data_source_id": source}},
        **changes,
    }


def test_an_edit_of_a_row_wakes_its_workspace_with_the_page(
    house: NotionHouse, workspace: Workspace
) -> None:
    deliver(house, event(workspace.collection("tasks").data_source_id))
    at = house.clock.now().isoformat()
    assert house.woken() == [{"workspace": workspace.wid, "pages": ["page-1"], "at": at}]


def test_a_change_of_the_data_source_itself_names_no_page(
    house: NotionHouse, workspace: Workspace
) -> None:
    source = workspace.collection("docs").data_source_id
    deliver(house, event("", entity={"id": source, "type": "data_source"}, data={}))
    assert [message["pages"] for message in house.woken()] == [[]]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"parent": {"id": "p", "type": "page"}}},
        {"data": {"parent": {"data_source_id": "unknown"}}},
        {"data": None, "entity": None},
        {"entity": {"id": "c", "type": "comment"}, "data": {"page_id": "page-1"}},
    ],
)
def test_what_belongs_to_nobody_wakes_nobody(
    house: NotionHouse, workspace: Workspace, changes: dict[str, Any]
) -> None:
    deliver(house, event(workspace.collection("tasks").data_source_id, **changes))
    assert house.woken() == []


def test_the_tracker_is_not_synced(house: NotionHouse, workspace: Workspace) -> None:
    assert workspace.tracker is not None
    deliver(house, event(workspace.tracker.data_source_id))
    assert house.woken() == []


def _after_a_run(house: NotionHouse, workspace: Workspace, to_notion: int) -> datetime:
    """Tell the state of a run that wrote so many pages; the moment in its middle."""
    began = house.clock.now()
    run = Run(
        id="r1",
        started_at=began,
        finished_at=began + timedelta(seconds=10),
        outcome="ok",
        changes=Counts(to_notion=to_notion),
    )
    document = house.store.get(state_path(workspace.wid))
    assert document is not None
    state = replace(read_state(document.data), last_run=run)
    house.store.commit([Put(path=state_path(workspace.wid), data=state_document(state))])
    return began + timedelta(seconds=5)


def test_only_the_echo_of_our_own_writes_is_passed_over(
    house: NotionHouse, workspace: Workspace
) -> None:
    source = workspace.collection("tasks").data_source_id
    bot = {"id": workspace.bot_id, "type": "bot"}
    then = _after_a_run(house, workspace, to_notion=1)
    deliver(house, event(source, authors=[bot], timestamp=then.isoformat()))
    deliver(house, event(source, authors=[bot, bot], timestamp=then.isoformat()))
    assert house.woken() == []
    others: list[Any] = [
        [bot, {"id": "p", "type": "person"}],
        [{"id": "another", "type": "bot"}],
        [{"id": workspace.bot_id, "type": "person"}],
        [],
        None,
        [5],
    ]
    for authors in others:
        deliver(house, event(source, authors=authors, timestamp=then.isoformat()))
    assert len(house.woken()) == len(others)


@pytest.mark.parametrize("when", ["2026-11-22T09:00:00.000Z", "no time", None])
def test_another_program_with_our_token_wakes_the_workspace(
    house: NotionHouse, workspace: Workspace, when: str | None
) -> None:
    bot = {"id": workspace.bot_id, "type": "bot"}
    source = workspace.collection("tasks").data_source_id
    _after_a_run(house, workspace, to_notion=1)
    deliver(house, event(source, authors=[bot], timestamp=when))
    assert len(house.woken()) == 1


def test_what_our_bot_did_while_no_run_wrote_wakes_the_workspace(
    house: NotionHouse, workspace: Workspace
) -> None:
    bot = {"id": workspace.bot_id, "type": "bot"}
    then = _after_a_run(house, workspace, to_notion=0)
    source = workspace.collection("tasks").data_source_id
    deliver(house, event(source, authors=[bot], timestamp=then.isoformat()))
    assert len(house.woken()) == 1


@pytest.mark.parametrize("token", [None, "another", ""])
def test_a_wrong_signature_is_refused(
    house: NotionHouse, workspace: Workspace, token: str | None
) -> None:
    with pytest.raises(Unauthenticated):
        deliver(house, event(workspace.collection("tasks").data_source_id), token)
    assert house.woken() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"nope", b"\xff"])
def test_a_signed_body_that_is_no_object_is_refused(house: NotionHouse, body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        deliver(house, body)


def shake(house: NotionHouse, token: str = "secret_new", signed_with: str | None = None) -> None:
    deliver(house, {"verification_token": token}, signed_with)


def test_a_handshake_is_taken_once_and_only_while_armed() -> None:
    house = NotionHouse()
    with pytest.raises(Forbidden):
        shake(house)
    with pytest.raises(NotFound):
        house.webhooks().show_token()
    until = house.webhooks().arm()
    assert (until - house.clock.now()).total_seconds() == 900
    with pytest.raises(Unauthenticated):
        shake(house, signed_with="another")
    shake(house, signed_with="secret_new")
    assert house.secrets.values == {"notion-webhook-token": "secret_new"}
    with pytest.raises(Unauthenticated):
        shake(house, "secret_evil", signed_with="secret_evil")
    shake(house, signed_with="secret_new")  # sent again by Notion: nothing new
    assert house.webhooks().show_token() == "secret_new"
    with pytest.raises(Conflict):
        house.webhooks().show_token()
    workspace = house.set_up().workspace
    house.publisher.messages.clear()
    deliver(house, event(workspace.collection("tasks").data_source_id), "secret_new")
    assert len(house.woken()) == 1


def test_arming_ends_after_fifteen_minutes() -> None:
    house = NotionHouse()
    house.webhooks().arm()
    house.clock.advance(901)
    with pytest.raises(Forbidden):
        shake(house)
    assert house.secrets.values == {}


def test_a_token_that_is_set_is_only_replaced_on_purpose() -> None:
    house = NotionHouse()
    house.webhooks().arm()
    shake(house)
    with pytest.raises(Conflict):
        house.webhooks().arm()
    house.webhooks().arm(replace=True)
    shake(house, "secret_other")
    assert house.webhooks().show_token() == "secret_other"


def test_of_two_handshakes_the_first_one_counts_even_if_its_process_died() -> None:
    house = NotionHouse()
    house.webhooks().arm()
    house.secrets.create("notion-webhook-token", "secret_first")  # and died before noting it
    with pytest.raises(Forbidden):
        shake(house, "secret_second")
    house.webhooks().arm()
    shake(house, "secret_third")
    assert house.webhooks().show_token() == "secret_third"


@pytest.mark.parametrize("token", ["", "x" * 201, 5, None])
def test_a_handshake_without_a_sane_token_is_refused(token: Any) -> None:
    house = NotionHouse()
    house.webhooks().arm()
    with pytest.raises(Unauthenticated):
        deliver(house, {"verification_token": token}, None)


def test_the_token_of_the_settings_leaves_nothing_to_arm(house: NotionHouse) -> None:
    with pytest.raises(Conflict):
        house.webhooks().arm(replace=True)
