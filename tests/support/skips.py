"""A skipped test is said loudly, and on a build machine (variable CI) it fails."""

import os
from collections.abc import Generator

import pytest

Report = pytest.TestReport | pytest.CollectReport
Making = Generator[None, Report, Report]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Making:
    """Turn a skip into a failure where CI is set; an expected failure stays one."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI is set, where every test must run: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Making:
    """The same for a whole module that skips itself."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI is set, where every test must run: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was skipped, with the reasons."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} SKIPPED: these were not checked", red=True)
    for report in skipped:
        terminalreporter.line(f"{report.nodeid}: {report.longrepr[-1]}")
