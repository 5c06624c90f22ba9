"""What is done for a command: the repository looked at, the model asked, its reply carried out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.ports.model import ModelEnd, ModelRequest
from shared.voice import events as ev
from shared.voice import outcome as outcomes
from shared.voice.backlog import DEADLINE_S, Backlog
from shared.voice.effects import Change, Effect, Look, TakeBack
from shared.voice.failures import (
    LENGTH,
    MALFORMED,
    OVER_QUOTA,
    REFUSED,
    TIMEOUT,
    of_model,
    of_repository,
)
from shared.voice.phrases import is_undo
from shared.voice.prompt import build_repair, build_request
from shared.voice.records import Intent, State
from shared.voice.reply import Header, MalformedReply, Reply
from shared.voice.repository import Moved, Rejected, RepositoryView
from shared.voice.run import Run, described

CommandEvent = (
    ev.ModelAsked
    | ev.ModelSaid
    | ev.ModelFailed
    | ev.Waiting
    | ev.Looked
    | ev.Changed
    | ev.TakenBack
    | ev.WorkFailed
)


@dataclass(slots=True, kw_only=True)
class Commands(Backlog):
    """The commands of a session, one at a time: stored before shown, shown before carried out."""

    def take(self, event: CommandEvent, now: float) -> list[Effect]:
        """Take in what became of a request, a look or a change; nothing of one that was stopped."""
        return _HANDLERS[type(event)](self, event, now)

    def _asked(self, event: ev.ModelAsked, now: float) -> list[Effect]:
        run = self._running(event.run)
        if run:
            run.ledger.asked = now
        return []

    def _said(self, event: ev.ModelSaid, now: float) -> list[Effect]:
        run, piece = self._running(event.run), event.event
        if run is None:
            return []
        if isinstance(piece, ModelEnd):
            run.end = piece
            run.add(piece.usage)
            return [] if self.held else self._conclude(run, now)
        if run.ledger.first_token is None:
            run.ledger.first_token = now
        run.said.append(piece.text)
        return self._show(run, run.parser.feed(piece.text), now)

    def _failed(self, event: ev.ModelFailed, now: float) -> list[Effect]:
        run = self._running(event.run)
        return [] if run is None else self._fail(run, of_model(event.error), now)

    def _waiting(self, event: ev.Waiting, _now: float) -> list[Effect]:
        run = self._running(event.run)
        if run is None:
            return []
        return self._show_status(run, "queued")

    def _looked(self, event: ev.Looked, now: float) -> list[Effect]:
        run = self._running(event.run)
        if run is None or self.window is None:
            return []
        run.view = event.view
        if event.view.question is not None:
            run.interaction = replace(run.interaction, intent=Intent.UNCLEAR.value)
            return self._finish(run, outcomes.plain_result(event.view.question), now)
        known = [c for c in self.window.commands if c.interaction_id != run.interaction.id]
        request = build_request(known, run.interaction.transcript, event.view)
        return self._ask(run, request) + self._announce(run, now)

    def _changed(self, event: ev.Changed, now: float) -> list[Effect]:
        run = self._running(event.run)
        if run is None or run.reply is None:
            return []
        run.ledger.committed = now
        return self._finish(run, outcomes.applied_result(run.reply, event.applied), now)

    def _taken_back(self, event: ev.TakenBack, now: float) -> list[Effect]:
        run = self._running(event.run)
        if run is None:
            return []
        run.ledger.committed = now
        result = outcomes.undone_result(event.undone)
        run.interaction = replace(run.interaction, result=result)
        return self._end(run, State.DONE, now, forget=event.undone.interaction_id or "")

    def _work_failed(self, event: ev.WorkFailed, now: float) -> list[Effect]:
        run = self._running(event.run)
        if run is None:
            return []
        run.changing = False
        if isinstance(event.error, Rejected) and self._may_repair(run):
            return self._repair(run, event.error.detail, now)
        if isinstance(event.error, Moved) and not run.looked_again and self.calls_left > 0:
            run.looked_again = True
            return [*run.stop(), *self._start(now)]
        return self._fail(run, of_repository(event.error), now)

    def release(self, now: float) -> list[Effect]:
        """Nobody goes on: finish what waited for that."""
        self.held = False
        run = self._queue[0] if self._queue else None
        return self._conclude(run, now) if run and run.end and not run.ending else []

    def tick(self, now: float) -> list[Effect]:
        """Give up on a model that takes too long altogether."""
        late = [r for r in self._queue if r.deadline is not None and now >= r.deadline]
        effects: list[Effect] = []
        for run in late:
            effects += [*run.stop(), *self._fail(run, TIMEOUT, now)]
        return effects

    def _start(self, now: float) -> list[Effect]:
        """Let the first in the queue run, if none does."""
        if self.window is None or self.stale or self.connected is None or not self._queue:
            return []
        run = self._queue[0]
        if run.run or run.ending:
            return []
        if is_undo(run.interaction.transcript):
            run.interaction = replace(run.interaction, intent=Intent.UNDO.value)
            header = Header(intent=Intent.UNDO, language=None, filename=None)
            return self._show(run, [header], now) + self._undo(run, now)
        if self.calls_left <= 0:
            return self._fail(run, OVER_QUOTA, now)
        run.deadline = now + DEADLINE_S
        if self.connected:
            run.run = self.next_id()
            recent = dict.fromkeys(c.filename for c in reversed(self.window.commands) if c.filename)
            return [Look(run.run, run.interaction, tuple(recent))]
        known = [c for c in self.window.commands if c.interaction_id != run.interaction.id]
        effects = self._ask(run, build_request(known, run.interaction.transcript))
        return effects + self._announce(run, now)

    def _ask(self, run: Run, request: ModelRequest) -> list[Effect]:
        self.calls_left -= 1
        return [run.ask(self.next_id(), request)]

    def _conclude(self, run: Run, now: float) -> list[Effect]:
        if run.end is None or self.window is None:
            return []
        if run.end.reason != "complete":
            return self._fail(run, REFUSED if run.end.reason == "refused" else LENGTH, now)
        try:
            events, reply = run.parser.finish()
            if run.view is None or not (reply.edits or reply.code):
                outcome = outcomes.judge(reply, self.window.commands)
        except MalformedReply as exc:
            if not self._may_repair(run):
                return self._fail(run, MALFORMED, now)
            return self._repair(run, exc.detail, now)
        effects = self._show(run, events, now)
        run.interaction = described(run.interaction, reply, run.end.model)
        if reply.header.intent is Intent.UNDO:
            return effects + self._undo(run, now)
        if run.view is not None and (reply.edits or reply.code):
            return effects + self._change(run, reply, run.view, now)
        return effects + self._finish(run, outcome.to_result(), now)

    def _change(self, run: Run, reply: Reply, view: RepositoryView, now: float) -> list[Effect]:
        """From here on the command is carried out, whatever is said meanwhile."""
        run.reply, run.changing, run.deadline = reply, True, None
        run.ledger.commit_began = now
        return [Change(run.run, run.interaction, reply, view)]

    def _finish(self, run: Run, result: Mapping[str, Any], now: float) -> list[Effect]:
        """The command went well: keep its result, and remember it."""
        run.interaction = replace(run.interaction, result=result)
        remember = None
        if run.interaction.intent != Intent.CANCEL.value:
            remember = outcomes.as_command(run.interaction)
        return self._end(run, State.DONE, now, remember=remember)

    def _may_repair(self, run: Run) -> bool:
        return not run.repaired and run.request is not None and self.calls_left > 0

    def _repair(self, run: Run, fault: str, now: float) -> list[Effect]:
        assert run.request is not None
        request = build_repair(run.request, "".join(run.said), fault)
        run.repaired = True
        run.held.clear()
        return self._ask(run, request) + self._announce(run, now)

    def _undo(self, run: Run, now: float) -> list[Effect]:
        if self.connected:
            run.run, run.changing, run.deadline = run.run or self.next_id(), True, None
            run.ledger.commit_began = now
            return [TakeBack(run.run, run.interaction)]
        known = self.window.commands if self.window else ()
        explanation = outcomes.UNDONE if known else outcomes.NOTHING_TO_UNDO
        run.interaction = replace(run.interaction, result=outcomes.plain_result(explanation))
        forget = known[-1].interaction_id if known else ""
        return self._end(run, State.DONE, now, forget=forget)


_HANDLERS: dict[type, Callable[[Commands, Any, float], list[Effect]]] = {
    ev.ModelAsked: Commands._asked,
    ev.ModelSaid: Commands._said,
    ev.ModelFailed: Commands._failed,
    ev.Waiting: Commands._waiting,
    ev.Looked: Commands._looked,
    ev.Changed: Commands._changed,
    ev.TakenBack: Commands._taken_back,
    ev.WorkFailed: Commands._work_failed,
}
