"""The signature of the Notion stand-in's webhooks, and what its faults and limits decide."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.notion_standin.clock import Clock
from dev.notion_standin.errors import NotionError
from dev.notion_standin.faults import Fault, Faults
from dev.notion_standin.ids import id_in_address, read_id, same_property
from dev.notion_standin.rate import RateLimit
from dev.notion_standin.webhooks import sign


@given(st.text(min_size=1, max_size=40), st.binary(max_size=200))
def test_signature_is_the_hmac_of_the_raw_bytes(token: str, raw: bytes) -> None:
    expected = hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()

    assert sign(token, raw) == f"sha256={expected}"


@given(st.binary(min_size=1, max_size=50), st.integers(0, 49))
def test_one_changed_byte_changes_the_signature(raw: bytes, place: int) -> None:
    at = place % len(raw)
    changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]

    assert sign("secret_x", raw) != sign("secret_x", changed)


def test_fault_lets_some_go_by_then_hits_so_many_times() -> None:
    faults = Faults()
    faults.queue.append(Fault(method="post", path="/pages$", skip=1, times=2))

    taken = [faults.take("POST", "/v1/pages", b"") is not None for _ in range(4)]

    assert taken == [False, True, True, False]
    assert faults.queue == []


@pytest.mark.parametrize(
    ("fault", "fits"),
    [
        (Fault(), True),
        (Fault(method="GET"), False),
        (Fault(path="/blocks/"), False),
        (Fault(path="^/v1/pages$", body="needle"), True),
        (Fault(body="absent"), False),
    ],
)
def test_fault_meets_only_the_requests_it_names(fault: Fault, fits: bool) -> None:
    assert fault.fits("POST", "/v1/pages", b'{"a":"needle"}') is fits


def test_requests_of_a_window_are_counted_apart_from_the_next() -> None:
    clock = Clock(datetime(2026, 11, 22, 10, 0, 59, tzinfo=UTC))
    limit = RateLimit(clock, 1)
    limit.count()

    with pytest.raises(NotionError) as refused:
        limit.count()
    assert (refused.value.additional_data or {})["retry_after"] == "1"
    clock.move(1)
    limit.count()


@given(st.uuids())
def test_id_is_taken_dashed_or_not_and_found_in_addresses(found: object) -> None:
    dashed = str(found)
    bare = dashed.replace("-", "")

    assert read_id(bare, "path.page_id") == dashed
    assert id_in_address(f"https://app.notion.com/p/A-title-{bare}?x=1") == dashed
    assert id_in_address(f"collection://{dashed}") == dashed


def test_property_id_is_one_with_its_encoded_form() -> None:
    assert same_property("XGe%40", "XGe@")
    assert not same_property("XGe%40", "XGe")
