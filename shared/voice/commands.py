"""Commands from their final transcript to their end: one at a time, stored before shown."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.errors import NexusError
from shared.ports.model import ModelEnd, ModelRequest, ModelText
from shared.voice import outcome as outcomes
from shared.voice.effects import AskModel, CancelModel, Effect, Save, Send, Spent
from shared.voice.failures import (
    LENGTH,
    MALFORMED,
    MOVED,
    NO_STORE,
    OVER_QUOTA,
    REFUSED,
    STALLED,
    TIMEOUT,
    of_model,
)
from shared.voice.ledger import Ledger
from shared.voice.phrases import is_undo
from shared.voice.prompt import build_repair, build_request
from shared.voice.records import Failure, Intent, Interaction, State
from shared.voice.reply import Header, MalformedReply, ReplyEvent, ReplyParser
from shared.voice.run import Run, described, tell
from shared.voice.server_messages import Ack, Status
from shared.voice.window import Command, Window

DEADLINE_S: Final = 90.0
_GRACE_S: Final = 15.0
_AMENDABLE: Final = frozenset(Intent) - {Intent.UNDO, Intent.CANCEL}


@dataclass(slots=True, kw_only=True)
class Commands:
    """The queue of a session's commands; the first one runs.

    `window` is None until it is loaded, and `stale` while it is read again: commands wait for
    that. `held`: a speaker seems to go on, so a finished reply waits. `plain`: the client wants
    nothing but results.
    """

    wall: Callable[[float], datetime]
    next_id: Callable[[], int]
    calls_left: int
    plain: bool = False
    held: bool = False
    stale: bool = False
    window: Window | None = None
    _last: Interaction | None = None
    _queue: deque[Run] = field(default_factory=deque)
    _jobs: dict[int, Run | None] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing runs, waits or is being stored."""
        return not self._queue and not self._jobs

    @property
    def amendable(self) -> bool:
        """Whether the last command may be amended: it runs, or it ended well."""
        if self._queue:
            last = self._queue[-1]
            return not last.ending or last.interaction.state is State.DONE
        return self._last is not None

    @property
    def ended(self) -> bool:
        """Whether the last command has its result already."""
        return not self._queue or self._queue[-1].ending

    def begin(
        self, interaction: Interaction, ledger: Ledger, acked_ms: int, now: float
    ) -> list[Effect]:
        """Take up a command; its transcript is stored while the model is already asked."""
        run = Run(interaction=interaction, ledger=ledger, acked_ms=acked_ms)
        self._queue.append(run)
        return [self._save(run, now), *self._start(now)]

    def amend(
        self, transcript: str, raw: str, ledger: Ledger, acked_ms: int, now: float
    ) -> list[Effect]:
        """The last command's speaker went on: store the whole and ask again.

        A command that ended already runs once more, under the same interaction.
        """
        last = self._queue[-1] if self._queue else None
        before = last.interaction if last else self._last
        if before is None:
            return []
        whole = replace(
            before,
            transcript=transcript,
            raw_transcript=raw,
            state=State.RECEIVED,
            result=None,
            error=None,
        )
        if last is None or last.ending:
            return self.begin(whole, ledger, acked_ms, now)
        run, last.interaction = last, whole
        run.ledger, run.acked_ms = ledger, acked_ms
        run.stored, run.repaired = False, False
        effects = self._stop(run)
        return [*effects, self._save(run, now), *self._start(now)]

    def load(self, window: Window, now: float) -> list[Effect]:
        """The window is known (again)."""
        self.stale = False
        if self.window is None or window.count >= self.window.count:
            self.window = window
        return self._start(now)

    def cancel(self, now: float) -> list[Effect]:
        """Stop what runs and forget what waits; none of it is stored as done."""
        effects: list[Effect] = []
        for run in [r for r in self._queue if not r.ending]:
            effects += self._stop(run)
            effects += self._end(run, State.CANCELLED, now)
            effects.append(Send(Status(turn=run.interaction.turn, state="cancelled")))
        return effects

    def asked(self, number: int, now: float) -> list[Effect]:
        """A request is on its way."""
        run = self._running(number)
        if run:
            run.ledger.asked = now
        return []

    def said(self, number: int, event: ModelText | ModelEnd, now: float) -> list[Effect]:
        """The model's next piece or its end."""
        run = self._running(number)
        if run is None:
            return []
        if isinstance(event, ModelEnd):
            run.end = event
            run.add(event.usage)
            return [] if self.held else self._conclude(run, now)
        if run.ledger.first_token is None:
            run.ledger.first_token = now
        run.said.append(event.text)
        return self._show(run, run.parser.feed(event.text), now)

    def failed(self, number: int, error: NexusError, now: float) -> list[Effect]:
        """A request broke off."""
        run = self._running(number)
        return [] if run is None else self._fail(run, of_model(error), now)

    def release(self, now: float) -> list[Effect]:
        """Nobody goes on: finish what waited for that."""
        self.held = False
        run = self._queue[0] if self._queue else None
        return self._conclude(run, now) if run and run.end and not run.ending else []

    def saved(self, job: int, window: Window | None, now: float) -> list[Effect]:
        """A save is done."""
        run = self._jobs.pop(job, None)
        if window is not None:
            self.window = window
        if run is None or self._has_jobs(run):
            return []
        if run.ending:
            return self._leave(run, now)
        return [] if run.stored else self._stored(run, now)

    def stalled(self, job: int) -> list[Effect]:
        """The store is away; the save goes on being tried."""
        run = self._jobs.get(job)
        if run is None or self.plain or run.told:
            return []
        run.told = True
        return [tell(run.interaction, STALLED)]

    def lost(self, job: int, now: float) -> list[Effect]:
        """The store stayed away; the command is given up."""
        run = self._jobs.pop(job, None)
        if run is None or run not in self._queue or self._has_jobs(run):
            return []
        run.interaction = replace(run.interaction, result=None, error=NO_STORE)
        return [*self._stop(run), *self._leave(run, now)]

    def tick(self, now: float) -> list[Effect]:
        """Give up on a model that takes too long altogether."""
        late = [r for r in self._queue if r.deadline is not None and now >= r.deadline]
        effects: list[Effect] = []
        for run in late:
            effects += [*self._stop(run), *self._fail(run, TIMEOUT, now)]
        return effects

    def next_at(self) -> float | None:
        """When `tick` should come."""
        return min((r.deadline for r in self._queue if r.deadline is not None), default=None)

    def stop_all(self) -> list[Effect]:
        """Drop everything without storing: another connection goes on with it."""
        effects = [effect for run in self._queue for effect in self._stop(run)]
        effects += [tell(run.interaction, MOVED) for run in self._queue]
        self._queue.clear()
        self._jobs.clear()
        return effects

    def _running(self, number: int) -> Run | None:
        return next((r for r in self._queue if r.run == number and not r.ending), None)

    def _has_jobs(self, run: Run) -> bool:
        return any(other is run for other in self._jobs.values())

    def _start(self, now: float) -> list[Effect]:
        """Let the first in the queue run, if none does."""
        if self.window is None or self.stale or not self._queue:
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
        known = [c for c in self.window.commands if c.interaction_id != run.interaction.id]
        effects = self._ask(run, build_request(known, run.interaction.transcript))
        return effects + self._announce(run, now)

    def _ask(self, run: Run, request: ModelRequest) -> list[Effect]:
        run.run, run.request = self.next_id(), request
        run.parser, run.said, run.end = ReplyParser(), [], None
        run.calls += 1
        self.calls_left -= 1
        return [AskModel(run.run, request)]

    def _stop(self, run: Run) -> list[Effect]:
        number, over = run.run, run.end is not None
        run.run, run.deadline, run.end = 0, None, None
        run.held.clear()
        run.ledger.restart()
        return [CancelModel(number)] if number and not over else []

    def _announce(self, run: Run, now: float) -> list[Effect]:
        """Say and store that the model is at work, once it is and the transcript is safe."""
        if not run.stored or not run.run:
            return []
        effects: list[Effect] = [Send(Status(turn=run.interaction.turn, state="generating"))]
        effects += [Send(message) for message in run.held]
        run.held.clear()
        if run.interaction.state is State.RECEIVED:
            run.interaction = replace(run.interaction, state=State.GENERATING)
            effects.append(self._save(run, now))
        return effects

    def _stored(self, run: Run, now: float) -> list[Effect]:
        run.stored = True
        turn = run.interaction.turn
        effects: list[Effect] = [Send(Status(turn=turn, state="received"))]
        if run.acked_ms:
            effects.append(Send(Ack(audio_ms=run.acked_ms)))
        if self._queue[0] is not run:
            effects.append(Send(Status(turn=turn, state="queued")))
        return effects + self._announce(run, now)

    def _show(self, run: Run, events: list[ReplyEvent], now: float) -> list[Effect]:
        messages = [run.message(event, now) for event in events]
        if run.stored:
            return [Send(message) for message in messages]
        run.held += messages
        return []

    def _conclude(self, run: Run, now: float) -> list[Effect]:
        if run.end is None or self.window is None:
            return []
        if run.end.reason != "complete":
            return self._fail(run, REFUSED if run.end.reason == "refused" else LENGTH, now)
        try:
            events, reply = run.parser.finish()
            outcome = outcomes.judge(reply, self.window.commands)
        except MalformedReply as exc:
            return self._repair(run, exc.detail, now)
        effects = self._show(run, events, now)
        run.interaction = described(run.interaction, reply, run.end.model)
        if reply.header.intent is Intent.UNDO:
            return effects + self._undo(run, now)
        remember = None
        if reply.header.intent is not Intent.CANCEL:
            remember = outcomes.as_command(run.interaction, outcome)
        run.interaction = replace(run.interaction, result=outcome.to_result())
        return effects + self._end(run, State.DONE, now, remember=remember)

    def _repair(self, run: Run, fault: str, now: float) -> list[Effect]:
        if run.repaired or run.request is None or self.calls_left <= 0:
            return self._fail(run, MALFORMED, now)
        request = build_repair(run.request, "".join(run.said), fault)
        run.repaired = True
        run.held.clear()
        return self._ask(run, request) + self._announce(run, now)

    def _undo(self, run: Run, now: float) -> list[Effect]:
        some = bool(self.window and self.window.commands)
        explanation = outcomes.UNDONE if some else outcomes.NOTHING_TO_UNDO
        run.interaction = replace(run.interaction, result=outcomes.plain_result(explanation))
        return self._end(run, State.DONE, now, forget=some)

    def _fail(self, run: Run, failure: Failure, now: float) -> list[Effect]:
        run.interaction = replace(run.interaction, error=failure)
        return self._end(run, State.FAILED, now)

    def _end(
        self,
        run: Run,
        state: State,
        now: float,
        *,
        remember: Command | None = None,
        forget: bool = False,
    ) -> list[Effect]:
        """Store the end; the client hears of it when it is stored."""
        run.ending, run.deadline = True, None
        run.ledger.done = now
        run.interaction = replace(
            run.interaction, state=state, usage=run.usage, timings=run.ledger.timings()
        )
        save = self._save(run, now)
        spent = Spent(model_calls=run.calls, usage=run.usage)
        return [replace(save, remember=remember, forget=forget, spent=spent)]

    def _leave(self, run: Run, now: float) -> list[Effect]:
        """The end is stored: tell it, with the time that storing took."""
        self._queue.remove(run)
        done = run.interaction.state is State.DONE
        self._last = run.interaction if done and run.interaction.intent in _AMENDABLE else None
        effects = [] if run.stored or not done else self._catch_up(run)
        run.ledger.done = now
        ended = replace(run.interaction, timings=run.ledger.timings())
        if ended.state is not State.CANCELLED:
            effects.append(Send(outcomes.as_message(ended)))
        return effects + self._start(now)

    def _catch_up(self, run: Run) -> list[Effect]:
        """What a client would have been told, had the transcript been stored before the end."""
        turn = run.interaction.turn
        effects: list[Effect] = [Send(Status(turn=turn, state="received"))]
        if run.acked_ms:
            effects.append(Send(Ack(audio_ms=run.acked_ms)))
        effects.append(Send(Status(turn=turn, state="generating")))
        return effects + [Send(message) for message in run.held]

    def _save(self, run: Run, now: float) -> Save:
        job = self.next_id()
        self._jobs[job] = run
        dead = self.wall(now) + timedelta(seconds=DEADLINE_S + _GRACE_S)
        run.interaction = replace(run.interaction, deadline_at=dead)
        return Save(job=job, interaction=run.interaction, acked_ms=run.acked_ms)
