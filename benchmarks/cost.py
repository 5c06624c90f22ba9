"""What the product costs a month: a model of pure functions over prices, quantities and loads.

Nothing is measured here. Counts of requests and documents are those of `benchmarks/README.md`; how
people work is an assumption, written down as a `Load`. docs/cost.md shows the tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

DAYS: Final = 30
MONTH_S: Final = DAYS * 24 * 3600
_TIB_IN_KB: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for a `unit`; `checked`: noted from the source in November 2026."""

    usd: float
    unit: str
    source: str
    checked: bool


def _noted(usd: float, unit: str, source: str) -> Price:
    return Price(usd=usd, unit=unit, source=source, checked=True)


def _believed(usd: float, unit: str, source: str) -> Price:
    return Price(usd=usd, unit=unit, source=source, checked=False)


_RUN: Final = "https://cloud.google.com/run/pricing"
_FIRESTORE: Final = "https://cloud.google.com/firestore/pricing"
_SECRETS: Final = "https://cloud.google.com/secret-manager/pricing"
_CLAUDE: Final = "https://platform.claude.com/docs"
_SPEECH: Final = "https://github.com/AssemblyAI/assemblyai-skill"
PRICES: Final[Mapping[str, Price]] = {
    "vcpu": _noted(0.000024, "vCPU-second, while requests run", _RUN),
    "memory": _believed(0.0000025, "GiB-second, while requests run", _RUN),
    "vcpu_warm": _believed(0.0000025, "vCPU-second, kept warm without a request", _RUN),
    "memory_warm": _believed(0.0000025, "GiB-second, kept warm without a request", _RUN),
    "request": _believed(0.40e-6, "request", _RUN),
    "read": _believed(0.06e-5, "document read, nam5", _FIRESTORE),
    "write": _believed(0.18e-5, "document written, nam5", _FIRESTORE),
    "stored": _believed(0.18, "GiB stored for a month, nam5", _FIRESTORE),
    "versions": _believed(0.18, "GiB of past versions for a month, nam5", _FIRESTORE),
    "backup": _believed(0.03, "GiB of a backup for a month", _FIRESTORE),
    "message": _believed(
        40 / _TIB_IN_KB, "KB through Pub/Sub", "https://cloud.google.com/pubsub/pricing"
    ),
    "job": _believed(0.10, "Scheduler job", "https://cloud.google.com/scheduler/pricing"),
    "secret": _believed(0.06, "version of a secret for a month", _SECRETS),
    "secret_read": _believed(0.03e-4, "access to a secret", _SECRETS),
    "log": _believed(0.50, "GiB of logs", "https://cloud.google.com/stackdriver/pricing"),
    "speech": _noted(0.45, "hour that a connection is open", _SPEECH),
    "token_in": _noted(0.10e-6, "token of input, claude-haiku-5-5", _CLAUDE),
    "token_cached": _noted(0.01e-6, "token read from the cache", _CLAUDE),
    "token_out": _noted(0.50e-6, "token of output", _CLAUDE),
}
FREE_VCPU_S: Final = 180_000.0
"""Free in each month and billing account: https://cloud.google.com/run/pricing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How one person works; all but `days` is per working day."""

    name: str
    days: int
    commands: int
    speech_min: float
    edits: int
    tasks: int
    pushes: int


LOADS: Final = (
    Load(name="light", days=4, commands=10, speech_min=10, edits=2, tasks=0, pushes=1),
    Load(name="daily", days=21, commands=40, speech_min=45, edits=20, tasks=2, pushes=5),
    Load(name="heavy", days=21, commands=200, speech_min=240, edits=100, tasks=10, pushes=20),
)
IDLE: Final = Load(name="idle", days=0, commands=0, speech_min=0, edits=0, tasks=0, pushes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a unit of work takes. Measured ones name their table of benchmarks/README.md."""

    cycle_s: float = 30  # the interval of a quiet workspace
    cycle_busy_s: float = 0.9  # assumed: three requests to Notion and git of 0.25 s, and Firestore
    cycles_together: float = 4  # assumed: cycles that share an instance at a time, of 8 that may
    cycle_reads: float = 3.5  # "idle, per cycle over five minutes": 2.5, and the dispatcher's query
    cycle_writes: float = 1.14  # the same: 1, and a reservation of 20 requests for each 7 cycles
    cycle_log_kb: float = 0.5  # assumed
    change_busy_s: float = 4  # assumed: nine requests to Notion, seven to git
    change_reads: float = 5  # "one page edited in Notion"
    change_writes: float = 5  # the same
    active_min: float = 10  # a workspace is looked at every 15 s for so long after a change
    command_in: float = 6_000  # assumed: ten commands and what the repository shows
    command_cached: float = 600  # the static part of the prompt
    command_out: float = 900  # assumed: about 60 lines and an explanation
    command_writes: float = 3  # the interaction twice, the context once
    task_in: float = 30_000  # assumed: excerpts of a repository
    task_out: float = 3_000  # assumed
    push_in: float = 20_000  # assumed: docs of five changed files
    push_out: float = 3_000  # assumed
    work_busy_s: float = 40  # assumed: a task or a push in `run_operation`
    speakers_together: float = 10  # assumed: people who speak on an instance at a time, of 200
    socket_share: float = 1.5  # assumed: a socket is open half as long again as its speech
    secrets: float = 3  # a workspace's tokens of Notion and git, and the secret of its push hook
    secret_reads_an_hour: float = 24  # two tokens, each kept for 5 minutes
    stored_gib: float = 0.03  # a thousand pages with their bases and indexes
    versions_gib: float = 0.05  # assumed: all once, and 2 KB for each minute of seven days


RATES: Final = Rates()
BACKUPS: Final = 7 + 98 // 7
"""Each is whole: of seven days, and of as many Sundays as are in 98 days."""
VOICE_VCPU, VOICE_GIB = 2.0, 1.0
SYNC_VCPU, SYNC_GIB = 1.0, 1.0
Bill = dict[str, float]


def _usd(price: str, amount: float) -> float:
    return PRICES[price].usd * amount


def _busy(seconds: float, vcpu: float, gib: float) -> float:
    return _usd("vcpu", seconds * vcpu) + _usd("memory", seconds * gib)


def workspace(load: Load, rates: Rates = RATES) -> Bill:
    """US dollars a month for one person with one workspace, by what they are paid for."""
    changes = load.days * (load.edits + load.pushes)
    active_s = min(changes, load.days * 8 * 60 / rates.active_min) * rates.active_min * 60
    cycles = MONTH_S / rates.cycle_s + active_s / rates.cycle_s  # in active time twice as many
    work = load.days * (load.tasks + load.pushes)
    busy_s = (cycles * rates.cycle_busy_s + changes * rates.change_busy_s) / rates.cycles_together
    return {
        "sync": _busy(busy_s, SYNC_VCPU, SYNC_GIB)
        + _usd("request", cycles)
        + _usd("message", 2 * cycles),
        "Firestore": _firestore(load, cycles, changes, rates),
        "other Google": _other(cycles, rates),
        "Claude": _claude(load, rates) if load.days else 0.0,
        "speech": _usd("speech", load.days * load.speech_min / 60),
        "voice service, tasks": _voice(load, rates) + _busy(work * rates.work_busy_s, 1.0, 1.0),
    }


def _firestore(load: Load, cycles: float, changes: float, rates: Rates) -> float:
    commands = load.days * load.commands
    reads = cycles * rates.cycle_reads + changes * rates.change_reads + 2 * commands
    writes = cycles * rates.cycle_writes + changes * rates.change_writes
    written = writes + commands * rates.command_writes
    asked = _usd("read", reads) + _usd("write", written)
    return asked + _usd("stored", rates.stored_gib) + _kept(rates)


def _kept(rates: Rates) -> float:
    """What it costs to be able to go back: past versions of a week, and backups."""
    return _usd("versions", rates.versions_gib) + _usd("backup", BACKUPS * rates.stored_gib)


def _other(cycles: float, rates: Rates) -> float:
    reads = MONTH_S / 3600 * rates.secret_reads_an_hour
    logs = cycles * rates.cycle_log_kb / (1 << 20)
    return _usd("secret", rates.secrets) + _usd("secret_read", reads) + _usd("log", logs)


def _claude(load: Load, rates: Rates) -> float:
    a_day = (
        load.commands * _tokens(rates.command_in, rates.command_out, rates.command_cached)
        + load.tasks * _tokens(rates.task_in, rates.task_out)
        + load.pushes * _tokens(rates.push_in, rates.push_out)
    )
    return load.days * a_day


def _tokens(into: float, out: float, cached: float = 0) -> float:
    return _usd("token_in", into - cached) + _usd("token_cached", cached) + _usd("token_out", out)


def _voice(load: Load, rates: Rates) -> float:
    open_s = load.days * load.speech_min * 60 * rates.socket_share / rates.speakers_together
    return _busy(open_s, VOICE_VCPU, VOICE_GIB)


def fixed(*, warm_voice: int = 1, warm_functions: int = 0) -> Bill:
    """US dollars a month that nobody's work changes.

    `warm_voice`: instances of the voice service kept warm; `warm_functions`: of each public one.
    """
    ticks_s = 45 * MONTH_S / 60
    free = _usd("vcpu", min(FREE_VCPU_S, 0.167 * ticks_s))
    probes = 6 * MONTH_S / 60
    return {
        "the dispatcher, less what is free": _busy(ticks_s, 0.167, 0.25) - free,
        "voice service kept warm": _warm(warm_voice, VOICE_VCPU, VOICE_GIB),
        "public functions kept warm": _warm(3 * warm_functions, 1.0, 0.5),
        "uptime checks, from six places each minute": _busy(probes * 0.1, 1.0, 0.5)
        + _usd("request", probes),
        "the tick's job, secrets of the deployment": _usd("job", 1) + _usd("secret", 4),
    }


def _warm(instances: int, vcpu: float, gib: float) -> float:
    seconds = instances * MONTH_S
    return _usd("vcpu_warm", seconds * vcpu) + _usd("memory_warm", seconds * gib)


def tables() -> Iterator[str]:
    """The tables of docs/cost.md, line by line."""
    yield from _workspaces()
    yield ""
    yield from _levers()
    yield ""
    yield from _deployment()
    yield ""
    yield from _prices()


def _workspaces() -> Iterator[str]:
    bills = [(load, workspace(load)) for load in (IDLE, *LOADS)]
    yield f"| US$ a month | {' | '.join(load.name for load, _ in bills)} |"
    yield f"|---|{'---|' * len(bills)}"
    for kind in bills[0][1]:
        yield f"| {kind} | {' | '.join(f'{bill[kind]:.2f}' for _, bill in bills)} |"
    yield f"| **together** | {' | '.join(f'**{sum(b.values()):.2f}**' for _, b in bills)} |"


def _levers() -> Iterator[str]:
    """What an idle workspace costs where one of the rates is another."""
    cases = {
        "as above": RATES,
        "the only one: no other cycle shares its instance": replace(RATES, cycles_together=1),
        "eight cycles share an instance, all that may": replace(RATES, cycles_together=8),
        "looked at every minute": replace(RATES, cycle_s=60),
        "looked at every five minutes": replace(RATES, cycle_s=300),
    }
    yield "| an idle workspace | US$ a month |"
    yield "|---|---|"
    for case, rates in cases.items():
        yield f"| {case} | {sum(workspace(IDLE, rates).values()):.2f} |"


def _deployment() -> Iterator[str]:
    yield "| fixed, US$ a month | prod | with a warm instance of each public function | staging |"
    yield "|---|---|---|---|"
    bills = (fixed(), fixed(warm_functions=1), fixed(warm_voice=0))
    for kind in bills[0]:
        yield f"| {kind} | {' | '.join(f'{bill[kind]:.2f}' for bill in bills)} |"
    yield f"| **together** | {' | '.join(f'**{sum(bill.values()):.2f}**' for bill in bills)} |"


def _prices() -> Iterator[str]:
    yield "| US$ | for | source | |"
    yield "|---|---|---|---|"
    for price in PRICES.values():
        state = "noted" if price.checked else "verify"
        yield f"| {_decimal(price.usd)} | {price.unit} | <{price.source}> | {state} |"


def _decimal(usd: float) -> str:
    text = f"{usd:.12f}".rstrip("0")
    return text + "0" * max(0, 2 - len(text.split(".")[1]))
