"""Log records as Cloud Logging reads them, and what they must not tell."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from werkzeug.datastructures import Headers

from shared.telemetry import configure, logger, request_context, trace_fields

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    configure("INFO")
    yield
    structlog.reset_defaults()


def test_a_record_is_one_line_of_json_in_the_fields_of_cloud_logging(
    capsys: pytest.CaptureFixture[str],
) -> None:
    headers = Headers({"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    with request_context("r-1", headers, "demo"):
        logger("voice").warning("a line\nand another", count=2)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    record = json.loads(out)
    assert record.pop("time").endswith("Z")
    assert record == {
        "severity": "WARNING",
        "message": "a line\nand another",
        "component": "voice",
        "count": 2,
        "request_id": "r-1",
        "logging.googleapis.com/trace": f"projects/demo/traces/{TRACE}",
        "logging.googleapis.com/spanId": "b7ad6b7169203331",
    }


def test_records_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logger("voice").debug("quiet")
    assert capsys.readouterr().out == ""


def test_an_exception_is_logged_by_type_and_place_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise RuntimeError("what the user said")
    except RuntimeError:
        logger("voice").exception("it broke")
    record = json.loads(capsys.readouterr().out)
    assert record["error_type"] == "RuntimeError"
    assert any("test_telemetry.py" in frame for frame in record["stack"])
    assert "what the user said" not in json.dumps(record)


def test_what_libraries_log_takes_the_same_form_from_warning_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("INFO")
    library = logging.getLogger("some.library")
    library.info("what passes through")
    try:
        raise LookupError("secret words")
    except LookupError:
        library.warning("gave up", exc_info=True, extra={"attempts": 3})
    [line] = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert (record["message"], record["severity"]) == ("gave up", "WARNING")
    assert (record["logger"], record["attempts"]) == ("some.library", 3)
    assert record["error_type"] == "LookupError"
    assert "secret" not in line


def test_the_context_ends_with_its_block(capsys: pytest.CaptureFixture[str]) -> None:
    with request_context("r-1", Headers(), "demo"):
        pass
    logger("voice").info("after")
    assert "request_id" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("headers", "span"),
    [
        ({"X-Cloud-Trace-Context": f"{TRACE}/255;o=1"}, "00000000000000ff"),
        ({"X-Cloud-Trace-Context": f"{TRACE}/255"}, "00000000000000ff"),
        ({"X-Cloud-Trace-Context": TRACE}, None),
    ],
)
def test_the_older_trace_header_counts_too(headers: dict[str, str], span: str | None) -> None:
    fields = trace_fields(Headers(headers), "demo")
    assert fields["logging.googleapis.com/trace"] == f"projects/demo/traces/{TRACE}"
    assert fields.get("logging.googleapis.com/spanId") == span


@pytest.mark.parametrize("value", ["", "x", f"01-{TRACE}-b7ad6b7169203331-01", f"{TRACE}\n/1"])
def test_a_header_that_is_no_trace_is_left_out(value: str) -> None:
    for name in ("traceparent", "X-Cloud-Trace-Context"):
        headers = Headers()
        headers.setlist(name, [value.replace("\n", " ")])
        assert trace_fields(headers, "demo") == {}
