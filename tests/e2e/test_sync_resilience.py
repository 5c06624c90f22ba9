"""What is delivered twice, dies, or goes away in the middle of a sync, and what comes of it."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.stack import Stack
from tests.support.sync_client import SyncClient, call, title_of
from tests.support.sync_setup import (
    end_lease,
    new_minute,
    own_workspace,
    unhurried,
    without_webhooks,
)
from tests.support.waiting import until

WITHIN_S = 90


@pytest.fixture(autouse=True)
def _undisturbed(stack: Stack) -> Iterator[None]:
    """Only the messages of a test and the ticks have anything synced; no order outlives it."""
    with unhurried(stack), without_webhooks(stack):
        yield
    control = stack.run["notion"]["control_url"]
    requests.delete(f"{control}/faults", timeout=10).raise_for_status()


def write_on_both_sides(client: SyncClient, each: int) -> set[str]:
    """Write so many pages and so many files; their titles."""
    from_git = {f"From git {number}" for number in range(each)}
    from_notion = {f"From Notion {number}" for number in range(each)}
    for title in sorted(from_notion):
        client.notion.write("docs", title, f"The text of {title}.\n")
    client.git.commit(
        {
            f"notion/docs/{title.lower().replace(' ', '-')}.md": (
                f"---\ntitle: {title}\n---\n\nThe text of {title}.\n"
            )
            for title in from_git
        }
    )
    return from_git | from_notion


def until_linked(client: SyncClient, titles: set[str]) -> None:
    """Wait until every file carries the id of a page, and the sync is at rest."""

    def linked() -> bool:
        files = client.git.files().values()
        with_id = sum("\nid: " in file for file in files)
        return with_id == len(titles) and client.status()["state"] == "idle"

    until(linked, WITHIN_S, f"{len(titles)} pages and files are linked")


def each_exists_once(client: SyncClient, titles: set[str]) -> None:
    """Every title is one page and one file with the same text; no Nexus ID is on two pages."""
    pages, files = client.notion.pages("docs"), client.git.files()
    assert sorted(map(title_of, pages.values())) == sorted(titles)
    assert len(files) == len(titles)
    for key, page in pages.items():
        (path,) = client.git.holding(key)
        assert f"title: {title_of(page)}\n" in files[path]
        assert files[path].endswith(f"\n---\n\nThe text of {title_of(page)}.\n")
        assert client.notion.body(key) == f"The text of {title_of(page)}."
    ids = Counter(
        text["plain_text"]
        for page in pages.values()
        for text in page["properties"]["Nexus ID"]["rich_text"]
    )
    assert set(ids.values()) == {1}


def stays_as_it_is(client: SyncClient) -> None:
    """Further cycles change nothing on either side."""
    head, written = client.git.head, client.notion.writes()
    for _ in range(2):
        assert client.sync()["outcome"] == "ok"
    assert (client.git.head, client.notion.writes()) == (head, written)


def hang_in(client: SyncClient, **fault: object) -> None:
    """Order that the next sync stops in the midst of its work, and wait until it is there."""
    faults = f"{client.stack.run['notion']['control_url']}/faults"
    call("POST", faults, fault)
    client.publish()
    until(lambda: not call("GET", faults)["faults"], WITHIN_S, "a sync is at work")


def processes_of(stack: Stack, service: str) -> list[psutil.Process]:
    """A service's process and those below it."""
    process = psutil.Process(stack.run["services"][service]["pid"])
    return [process, *process.children(recursive=True)]


def test_deliveries_that_overlap_have_one_effect(stack: Stack, tmp_path: Path) -> None:
    client = own_workspace(stack, tmp_path)
    titles = write_on_both_sides(client, 3)
    client.publish(times=6)
    client.publish({"workspace": client.wid, "slot": 0}, times=2)
    until_linked(client, titles)
    each_exists_once(client, titles)
    assert client.status()["links"] == len(titles)
    stays_as_it_is(client)


def test_killed_with_twenty_changes_pending_the_next_run_ends_what_was_begun(
    stack: Stack, tmp_path: Path
) -> None:
    client = own_workspace(stack, tmp_path)
    titles = write_on_both_sides(client, 10)
    # Notion makes the fifth page and never answers; then the process is gone.
    hang_in(client, kind="timeout", method="POST", path="^/v1/pages$", skip=4)
    family = processes_of(stack, "sync_workspace")
    for process in family:
        process.kill()
    until(
        lambda: stack.run["services"]["sync_workspace"]["pid"] != family[0].pid,
        WITHIN_S,
        "the launcher has healed it",
    )
    assert len(client.git.holding("\nid: ")) < len(titles)

    new_minute(stack)
    end_lease(client)  # then the message, which was never acknowledged, does it

    until_linked(client, titles)
    each_exists_once(client, titles)
    stays_as_it_is(client)


def test_a_store_that_is_away_in_mid_sync_loses_nothing(stack: Stack, tmp_path: Path) -> None:
    client = own_workspace(stack, tmp_path)
    titles = write_on_both_sides(client, 3)
    port = int(stack.run["firestore_emulator_host"].rsplit(":", 1)[1])
    emulator = next(
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,) and each.pid
    )
    url = f"{stack.run['base_url']}/notion/sync-status/{client.user}"
    hang_in(client, kind="delay", seconds=1, method="POST", path="^/v1/pages$", skip=1)
    os.kill(emulator, signal.SIGSTOP)
    try:
        for _ in range(2):  # each takes longer than a run waits for the store
            assert requests.get(url, timeout=60).status_code == 503
    finally:
        os.kill(emulator, signal.SIGCONT)
    until(lambda: requests.get(url, timeout=60).ok, WITHIN_S, "the store is back")

    new_minute(stack)
    end_lease(client)
    client.publish()

    until_linked(client, titles)
    each_exists_once(client, titles)
    stays_as_it_is(client)
