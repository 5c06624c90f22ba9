"""The function `voice` over fakes: shapes, filters, pages, erasing."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import UpstreamUnavailable
from shared.http.schemas import iso
from shared.ports.model import ModelUsage
from shared.ports.state import Put
from shared.voice.records import Failure, Interaction, State, Timings
from shared.voice.window import Command, Window, window_path
from tests.unit.http.house import House


def listed(house: House, query: str = "", uid: str = "ada") -> dict[str, Any]:
    response = house.voice().get(f"/voice/history/{uid}{query}", headers=house.token(uid))
    assert response.status_code == 200, response.data
    body: dict[str, Any] = response.json or {}
    assert set(body) == {"user_id", "interactions", "next_cursor"}
    assert body["user_id"] == uid
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [interaction["id"] for interaction in body["interactions"]]


def test_an_interaction_is_shown_with_exactly_the_fields_of_the_contract(house: House) -> None:
    kept = house.keep(
        state=State.DONE,
        intent="create",
        language="python",
        filename="add.py",
        result={"code": "def add(): ...", "commit": None},
        error=Failure(code="edit_conflict", message="The file changed.", retryable=True),
        model="claude",
        usage=ModelUsage(input_tokens=1, output_tokens=2, cache_read_tokens=3),
        timings=Timings(total_ms=900),
    )
    expected = {
        "id": kept.id,
        "session_id": "s1",
        "turn": 1,
        "created_at": "2026-11-22T12:00:00.000Z",
        "state": "done",
        "source": "voice",
        "transcript": "create a function",
        "raw_transcript": "Create a function.",
        "intent": "create",
        "language": "python",
        "filename": "add.py",
        "result": {"code": "def add(): ...", "commit": None},
        "error": {"code": "edit_conflict", "message": "The file changed.", "retryable": True},
        "model": "claude",
        "usage": {"input_tokens": 1, "output_tokens": 2, "cache_read_tokens": 3},
        "timings": {
            "speech_end_to_final_ms": None,
            "final_to_request_ms": None,
            "request_to_first_token_ms": None,
            "first_token_to_code_ms": None,
            "commit_ms": None,
            "total_ms": 900,
        },
    }
    assert listed(house)["interactions"] == [expected]
    one = house.voice().get(f"/voice/history/ada/{kept.id}", headers=house.token())
    assert one.json == expected


def test_a_user_without_history_has_an_empty_one(house: House) -> None:
    assert listed(house) == {"user_id": "ada", "interactions": [], "next_cursor": None}


def test_pages_follow_each_other_newest_first_without_gap_or_repetition(house: House) -> None:
    kept = [house.keep(age_s=age).id for age in range(7)]
    first = listed(house, "?limit=3")
    second = listed(house, f"?limit=3&cursor={first['next_cursor']}")
    third = listed(house, f"?limit=3&cursor={second['next_cursor']}")
    assert ids(first) + ids(second) + ids(third) == kept
    assert third["next_cursor"] is None


def test_a_last_page_that_is_just_full_has_no_next(house: House) -> None:
    for age in range(3):
        house.keep(age_s=age)
    assert listed(house, "?limit=3")["next_cursor"] is None


def test_twenty_are_shown_unless_asked_otherwise(house: House) -> None:
    for age in range(22):
        house.keep(age_s=age)
    assert len(ids(listed(house))) == 20
    assert len(ids(listed(house, "?limit=100"))) == 22


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=%21", "cursor"),
        ("cursor=eHg", "cursor"),
        ("cursor=MTo", "cursor"),
        ("intent=dance", "intent"),
        ("state=asleep", "state"),
        ("since=yesterday", "since"),
        ("since=2026-11-22T12:00:00", "since"),
        ("until=", "until"),
    ],
)
def test_a_wrong_parameter_is_422_and_named(house: House, query: str, field: str) -> None:
    response = house.voice().get(f"/voice/history/ada?{query}", headers=house.token())
    assert response.status_code == 422
    assert [fault["field"] for fault in (response.json or {})["errors"]] == [field]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_times_at_the_ends_of_the_calendar_are_no_trouble(house: House, name: str, at: str) -> None:
    house.keep()
    found = ids(listed(house, f"?{name}={at}"))
    assert len(found) == ((name == "since") == at.startswith("0001"))


def test_intent_state_and_both_select(house: House) -> None:
    a = house.keep(age_s=1, intent="create", state=State.DONE).id
    b = house.keep(age_s=2, intent="debug", state=State.DONE).id
    c = house.keep(age_s=3, intent="create", state=State.CANCELLED).id
    assert ids(listed(house, "?intent=create")) == [a, c]
    assert ids(listed(house, "?state=done")) == [a, b]
    assert ids(listed(house, "?intent=create&state=cancelled")) == [c]


def test_since_is_included_and_until_is_not(house: House) -> None:
    kept = [house.keep(age_s=age / 1000) for age in (0, 1, 1.5, 2)]
    ends = [iso_exact(kept[index]) for index in (3, 1)]
    # The last two were created in one millisecond, where ids follow chance.
    found = ids(listed(house, f"?since={ends[0]}&until={ends[1]}"))
    assert sorted(found) == sorted(i.id for i in kept[2:])
    assert ids(listed(house, f"?since={ends[1]}")) == [i.id for i in kept[:2]]


def test_times_are_compared_exactly_within_a_millisecond(house: House) -> None:
    """Ids, by which the store is asked, only know milliseconds."""
    older = house.keep(age_s=0.0005)
    newer = house.keep(age_s=0.0001)
    between = (house.clock.now() - timedelta(seconds=0.0003)).isoformat().replace("+00:00", "Z")
    assert ids(listed(house, f"?until={between}")) == [older.id]
    assert ids(listed(house, f"?since={between}")) == [newer.id]


def iso_exact(interaction: Interaction) -> str:
    return interaction.created_at.isoformat().replace("+00:00", "Z")


def test_a_dead_interaction_reads_as_failed_in_lists_filters_and_alone(house: House) -> None:
    dead = house.keep(age_s=61, state=State.GENERATING)
    late = house.keep(age_s=60, state=State.RECEIVED)
    alive = house.keep(age_s=59, state=State.GENERATING)
    failed = house.keep(age_s=200, state=State.FAILED)
    assert ids(listed(house, "?state=failed")) == [late.id, dead.id, failed.id]
    assert ids(listed(house, "?state=generating")) == [alive.id]
    assert ids(listed(house, "?state=received")) == []
    one = house.voice().get(f"/voice/history/ada/{dead.id}", headers=house.token()).json
    assert one is not None
    assert (one["state"], one["error"]["code"]) == ("failed", "internal")


def test_a_filter_that_almost_nothing_passes_goes_on_by_its_cursor(house: House) -> None:
    tomorrow = house.clock.now() + timedelta(days=1)
    alive = house.keep(age_s=100, deadline_at=tomorrow, state=State.RECEIVED)
    for age in range(25):
        house.keep(age_s=70 + age, state=State.RECEIVED)
    found: list[str] = []
    query = "?state=received&limit=1"
    for _ in range(5):
        body = listed(house, query)
        found += ids(body)
        if body["next_cursor"] is None:
            break
        query = f"?state=received&limit=1&cursor={body['next_cursor']}"
    assert found == [alive.id]
    assert body["next_cursor"] is None


def test_what_has_expired_is_gone_before_the_store_deletes_it(house: House) -> None:
    old = house.keep(age_s=100, expires_at=house.clock.now())
    assert ids(listed(house)) == []
    response = house.voice().get(f"/voice/history/ada/{old.id}", headers=house.token())
    assert response.status_code == 404


@pytest.mark.parametrize("unknown", ["0" * 28, "nothing", "__x__", "..", "x" * 1501])
def test_an_unknown_interaction_is_404(house: House, unknown: str) -> None:
    response = house.voice().get(f"/voice/history/ada/{unknown}", headers=house.token())
    assert response.status_code == 404
    assert (response.json or {})["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "history/ada"),
        ("DELETE", "history/ada"),
        ("GET", "history/ada/0"),
        ("GET", "context/ada"),
    ],
)
def test_each_route_is_closed_to_strangers_and_to_other_users(
    house: House, method: str, path: str
) -> None:
    client = house.voice()
    assert client.open(f"/voice/{path}", method=method).status_code == 401
    mallory = house.token("mallory", member=True)
    assert client.open(f"/voice/{path}", method=method, headers=mallory).status_code == 403
    root = house.token("root", admin=True)
    assert client.open(f"/voice/{path}", method=method, headers=root).status_code in (200, 204, 404)


def test_deleting_hides_all_at_once_and_publishes_the_erasure(house: House) -> None:
    before = house.keep(age_s=5)
    house.store.commit([Put(path=window_path("ada"), data=window("a", "b").to_document())])
    response = house.voice().delete("/voice/history/ada", headers=house.token())
    assert (response.status_code, response.data) == (204, b"")
    assert ids(listed(house)) == []
    gone = house.voice().get(f"/voice/history/ada/{before.id}", headers=house.token())
    assert gone.status_code == 404
    context = house.voice().get("/voice/context/ada", headers=house.token()).json
    assert context == {"user_id": "ada", "version": 3, "commands": []}
    [(topic, message)] = house.publisher.messages
    assert topic == "operations"
    operation = house.store.get(f"operations/{message['operation_id']}")
    assert operation is not None
    assert operation.data["kind"] == "erase"
    assert operation.data["uid"] == "ada"
    assert operation.data["args"] == {"cleared_at": house.clock.now()}


def test_what_comes_after_an_erasure_is_visible(house: House) -> None:
    house.keep()
    house.voice().delete("/voice/history/ada", headers=house.token())
    house.clock.advance(0.0001)
    after = house.keep(id="f" * 28)
    assert ids(listed(house)) == [after.id]


def test_an_erasure_that_could_not_be_published_says_so_and_hides_all_the_same(
    house: House,
) -> None:
    house.keep(age_s=5)
    house.publisher.error = UpstreamUnavailable("Pub/Sub does not answer.")
    response = house.voice().delete("/voice/history/ada", headers=house.token())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert ids(listed(house)) == []
    house.publisher.error = None
    assert house.voice().delete("/voice/history/ada", headers=house.token()).status_code == 204
    assert len(house.publisher.messages) == 1


def window(*names: str) -> Window:
    made = Window()
    at = House().clock.now()
    for name in names:
        made = made.add(
            Command(
                interaction_id=name,
                at=at,
                transcript=f"say {name}",
                intent="create",
                language="python",
                filename=None,
                code="x = 1" if name == "a" else "",
                explanation="It says so.",
            )
        )
    return made


def test_the_context_is_shown_oldest_first_with_null_for_no_code(house: House) -> None:
    house.store.commit([Put(path=window_path("ada"), data=window("a", "b").to_document())])
    body = house.voice().get("/voice/context/ada", headers=house.token()).json
    shared = {
        "at": iso(house.clock.now()),
        "intent": "create",
        "language": "python",
        "filename": None,
    }
    assert body == {
        "user_id": "ada",
        "version": 2,
        "commands": [
            {"interaction_id": "a", "transcript": "say a", "code": "x = 1", **shared},
            {"interaction_id": "b", "transcript": "say b", "code": None, **shared},
        ],
    }


def test_a_store_that_does_not_answer_is_503_and_tells_when_to_come_back(house: House) -> None:
    house.store.fail_next(1, UpstreamUnavailable("The store does not answer.", retry_after_s=2))
    response = house.voice().get("/voice/history/ada", headers=house.token())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
