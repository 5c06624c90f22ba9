"""What goes wrong at a port call, and the gate that every call of a run passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from shared.errors import RateLimited, StaleWrite, UpstreamUnavailable
from shared.ports.notion import CommittedButUnread

Kind = Literal[
    "crash_before",
    "crash_after",
    "fail",
    "lost",
    "committed",
    "late",
    "rate",
    "stale",
    "away",
    "overlap",
    "zombie",
    "notion_person",
    "git_person",
    "slow",
    "jump",
]
KINDS: Final[tuple[Kind, ...]] = Kind.__args__  # type: ignore[attr-defined]
NOTION_WRITES: Final = frozenset(
    {
        "create_database",
        "add_properties",
        "create_row",
        "update_row",
        "move_row",
        "edit_body",
        "replace_body",
        "comment",
    }
)
STORE_OUTAGE_CALLS: Final = 5
"""How many calls in a row the store does not answer in an outage."""


class Crash(BaseException):
    """The instance died here: no line of the engine after it may have an effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a run: at the first call from number `at` on that can have this fault.

    `seed` decides what a person does, or how far a clock jumps.
    """

    at: int
    kind: Kind
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a port by a run. `worker`: the run's number; `subject`: what it was about."""

    number: int
    worker: int
    port: Literal["notion", "git", "store"]
    method: str
    subject: str = ""

    @property
    def external(self) -> bool:
        """Whether it writes to Notion or to the repository."""
        return (self.port == "notion" and self.method in NOTION_WRITES) or self.method == "push"

    def __str__(self) -> str:
        return f"{self.worker}:{self.number} {self.port}.{self.method} {self.subject}".rstrip()


class Surroundings(Protocol):
    """What a gate needs of the world around it."""

    def called(self, call: Call, arguments: Sequence[Any]) -> None:
        """Note a call before it is made."""

    def answered(self, call: Call, arguments: Sequence[Any], answer: Any) -> None:
        """Note a call that happened, whether or not its answer gets to the engine."""

    def later(self, happens: Callable[[], None]) -> None:
        """Let a call happen some time after its caller gave up."""

    def limited(self, call: Call) -> None:
        """Note that a run was told to pause."""

    def interrupt(self, fault: Fault) -> None:
        """Let something else happen between two calls of a run."""


class Gate:
    """Every port call of one run goes through here; the run's faults happen here."""

    def __init__(self, world: Surroundings, worker: int, faults: Sequence[Fault] = ()) -> None:
        self.worker = worker
        self.count = 0
        self.crashed = False
        self._world = world
        self._left = sorted(faults, key=lambda fault: fault.at)
        self._outage = 0

    def call(self, port: str, method: str, target: Callable[..., Any], given: Any) -> Any:
        """Make a call, with the fault that is due; `given` are its arguments by position, name."""
        args, named = given
        arguments = (*args, *named.values())
        call = Call(
            number=self.count,
            worker=self.worker,
            port=port,  # type: ignore[arg-type]
            method=method,
            subject=_subject(method, arguments),
        )
        self.count += 1
        if self.crashed:
            raise Crash  # something swallowed the crash: nothing may happen any more
        fault = self._due(call)
        self._before(call, fault)
        self._world.called(call, arguments)

        def happen() -> Any:
            answer = target(*args, **named)
            self._world.answered(call, arguments, answer)
            return answer

        if fault is not None and fault.kind == "late":
            self._world.later(happen)
            raise UpstreamUnavailable("No answer; it happens later.")
        answer = happen()
        self._after(fault, answer)
        return answer

    def _due(self, call: Call) -> Fault | None:
        for fault in self._left:
            if fault.at > call.number:
                return None
            if _can_have(call, fault.kind):
                self._left.remove(fault)
                return fault
        return None

    def _before(self, call: Call, fault: Fault | None) -> None:
        if call.port == "store" and self._outage:
            self._outage -= 1
            raise UpstreamUnavailable("The store is away.")
        if fault is None:
            return
        if fault.kind in _INTERRUPTIONS:
            self._world.interrupt(fault)
        elif fault.kind == "crash_before":
            self._die()
        elif fault.kind == "fail":
            raise UpstreamUnavailable("No answer; nothing happened.")
        elif fault.kind == "rate":
            self._world.limited(call)
            raise RateLimited("Too much at once.", retry_after_s=5)
        elif fault.kind == "away":
            self._outage = STORE_OUTAGE_CALLS
            raise UpstreamUnavailable("The store is away.")

    def _after(self, fault: Fault | None, answer: Any) -> None:
        if fault is None:
            return
        if fault.kind == "crash_after":
            self._die()
        if fault.kind == "lost":
            raise UpstreamUnavailable("No answer, although it happened.")
        if fault.kind == "stale":
            raise StaleWrite("The answer was lost, and the repetition found it done.")
        if fault.kind == "committed":
            raise CommittedButUnread(answer.id)

    def _die(self) -> None:
        self.crashed = True
        raise Crash


class Through:
    """A port whose every method goes through a gate."""

    def __init__(self, gate: Gate, name: str, port: Any) -> None:
        self._gate = gate
        self._name = name
        self._port = port

    def __getattr__(self, method: str) -> Callable[..., Any]:
        target = getattr(self._port, method)

        def call(*args: Any, **named: Any) -> Any:
            return self._gate.call(self._name, method, target, (args, named))

        return call


_INTERRUPTIONS: Final = frozenset(
    {"overlap", "zombie", "notion_person", "git_person", "slow", "jump"}
)


def _can_have(call: Call, kind: Kind) -> bool:
    """Whether a fault of this kind is possible at this call.

    A worker that stands still between its look at the lease and a write cannot be told from a
    slow network: that window stays, so a zombie wakes up at any call but an external write.
    """
    if kind == "lost":
        return call.external or call.method == "commit"
    if kind in ("committed", "late"):
        return call.method == "create_row"
    if kind == "rate":
        return call.port == "notion"
    if kind == "stale":
        return call.method == "commit"
    if kind == "away":
        return call.port == "store"
    if kind in ("zombie", "jump"):
        return not call.external
    return True


def _subject(method: str, arguments: Sequence[Any]) -> str:
    """What a call is about: a page, a path, a branch, the paths of documents."""
    texts = [each for each in arguments if isinstance(each, str)]
    if texts and method != "create_row":
        return texts[0]
    first = arguments[0] if arguments else None
    if isinstance(first, list | tuple):
        named = (getattr(each, "path", each) for each in first)
        return " ".join(str(each).split("/", 2)[-1] for each in named)
    identity = getattr(first, "data_source_id", None) or getattr(first, "id", "")
    return str(identity)
