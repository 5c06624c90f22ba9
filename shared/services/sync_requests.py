"""A sync that a user asks for: now, and with a held plan released."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, Final

from shared.errors import (
    Held,
    NotConfigured,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamUnavailable,
)
from shared.ports.state import Put, StateStore
from shared.services.operations import Operation, Progress, Runner
from shared.services.syncing import BUSY_S, Syncing
from shared.services.workspaces import Workspaces
from shared.sync.report import Hints, Report
from shared.sync.state import Hold, Release, SyncState, read_state, state_document, state_path

SYNC: Final = "sync"
_MAX_ROUNDS: Final = 20


class BudgetSpent(RateLimited):
    """Notion's budget is used up: whoever waits is told so, and the cycles do the rest."""

    retryable = False


_MAX_TRIES: Final = 8


def sync_now(syncing: Syncing, workspaces: Workspaces) -> Runner:
    """How to do an operation of kind `sync`; its args are `workspace`.

    The result is `{"workspace_id", "id", "run"}`.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        workspace = workspaces.get(operation.args["workspace"])
        if workspace is None:
            raise NotFound("The workspace is gone.")
        if workspace.repository is None:
            detail = "There is nothing to sync with: set up with a `repository` first."
            raise NotConfigured(detail)
        report = Report(run=None, busy=True)
        for number in range(_MAX_ROUNDS):
            report = syncing.run(workspace, Hints(force=True), interactive=True)
            if report.busy:  # perhaps a run that died: its lease ends before our patience does
                yield Progress(done=number, note="waiting for another run")
                continue
            check_report(report)
            if not report.more:
                break
            yield Progress(done=number + 1, note="cycles")
        check_report(report)
        return {"workspace_id": workspace.notion_id, "id": workspace.wid, "run": _told(report)}

    return run


def check_report(report: Report) -> None:
    """Raise what keeps a run that somebody waits for from being done.

    Raises:
        Held: the plan waits for a confirmation; the detail tells how.
        UpstreamUnavailable: another run goes on; this one is to be tried again.
        BudgetSpent: a part is left for the next cycles.
    """
    if report.hold is not None:
        raise Held(held_detail(report.hold))
    if report.busy:
        raise UpstreamUnavailable("A sync is going on.", "sync", retry_after_s=BUSY_S)
    if report.pause_s:
        detail = "Notion's requests of this minute are used up; the next cycles do the rest."
        raise BudgetSpent(detail, retry_after_s=report.pause_s)


def held_detail(hold: Hold) -> str:
    """Why a plan is held, how much it would do, and how to release it."""
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(hold.counts.items()) if count)
    return (
        f"The plan is held: {hold.reason} ({counts}). Confirm it with POST /notion/sync and "
        f'{{"confirm": "{hold.plan_id}"}}.'
    )


def release_hold(store: StateStore, wid: str, plan_id: str) -> None:
    """Let the plan that is held be carried out by the next run; repeating it is no error.

    Raises:
        StaleWrite: nothing is held, or another plan than this one.
    """
    for _ in range(_MAX_TRIES):
        document = store.get(state_path(wid))
        state: SyncState | None = read_state(document.data) if document else None
        if document is None or state is None:
            break
        if state.release is not None and state.release.plan_id == plan_id:
            return
        if state.hold is None or state.hold.plan_id != plan_id:
            break
        released = replace(state, release=Release(plan_id=plan_id, left=dict(state.hold.counts)))
        put = Put(path=document.path, data=state_document(released), if_version=document.version)
        try:
            store.commit([put])
        except StaleWrite:
            continue
        return
    raise StaleWrite("This plan is not held (any more): look at the sync status again.")


def _told(report: Report) -> dict[str, Any] | None:
    run = report.run
    if run is None:
        return None
    return {
        "id": run.id,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome,
        "changes": {
            "to_notion": run.changes.to_notion,
            "to_git": run.changes.to_git,
            "deleted": run.changes.deleted,
            "merged": run.changes.merged,
            "conflicts": run.changes.conflicts,
        },
    }
