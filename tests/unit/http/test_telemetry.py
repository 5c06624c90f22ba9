"""Log records as Cloud Logging reads them, and what they must not tell."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from shared.ports.tracing import TraceContext
from shared.telemetry import configure, logger
from shared.traces import span

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    configure("INFO", "demo")
    yield
    structlog.reset_defaults()


def test_a_record_is_one_line_of_json_in_the_fields_of_cloud_logging(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cause = TraceContext(trace_id=TRACE, span_id="b7ad6b7169203331", sampled=True)
    with bound_contextvars(request_id="r-1"), span("a request", cause=cause):
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
        "logging.googleapis.com/trace_sampled": True,
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


def test_a_trace_ends_with_its_block(capsys: pytest.CaptureFixture[str]) -> None:
    with span("a request"):
        pass
    logger("voice").info("after")
    assert not any("googleapis" in name for name in json.loads(capsys.readouterr().out))


def test_a_record_of_a_library_tells_its_trace_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "demo")  # now that standard output is the test's
    with span("a request") as here:
        logging.getLogger("some.library").warning("gave up")
    record = json.loads(capsys.readouterr().out)
    assert record["logging.googleapis.com/trace"] == f"projects/demo/traces/{here.context.trace_id}"
