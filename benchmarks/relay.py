"""The relay benchmark: every subject in turn under the same speakers, round after round."""

import json
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.machine import Bench, free_port, python
from benchmarks.subjects.catalogue import CONTROL, DIRECT, SUBJECTS, Subject, Surroundings

_DRIFT: Final = 0.25


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """How the speakers send: `streams` of them, frames of `frame_ms`."""

    streams: int
    frame_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One subject in one round; the fields are those of `benchmarks.load.Measured`."""

    frames: int
    cpu_us: float
    rss_kib: float
    delivered: float
    answers: int
    round_trips_ms: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """CPU per frame divided by another subject's of the same round: over all rounds."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A subject at a setting: medians over the rounds.

    `against`: its CPU per frame against each other subject's.
    `added_ms`: p50, p95 and p99 of the round trip, each less the median direct round trip of the
    same round, so that the load's own jitter counts against the subject.
    """

    cpu_us: float
    rss_kib: float
    delivered: float
    against: dict[str, Ratio]
    added_ms: tuple[float, float, float]


Rounds = dict[tuple[Setting, str], list[Round]]


def run(
    bench: Bench,
    firestore: str,
    names: Iterable[str],
    settings: Iterable[Setting],
    *,
    rounds: int,
    window_s: float,
) -> Rounds:
    """Measure; subjects take turns within each round, and each run has a fresh server.

    A round whose control is more than a quarter away from the control's median so far is
    measured again, once: something else had the machine.
    """
    chosen = [subject for subject in SUBJECTS if subject.name in set(names) | {CONTROL}]
    done: Rounds = defaultdict(list)
    for setting in settings:
        for number in range(rounds):
            taken = _round(bench, firestore, chosen, setting, window_s)
            if _drifted(done[setting, CONTROL], taken[CONTROL]):
                print(f"  round {number + 1} is repeated: its control drifted", flush=True)
                taken = _round(bench, firestore, chosen, setting, window_s)
            for name, measured in taken.items():
                done[setting, name].append(measured)
    return done


def _drifted(before: list[Round], control: Round) -> bool:
    if not before:
        return False
    usual = statistics.median(each.cpu_us for each in before)
    return abs(control.cpu_us / usual - 1) > _DRIFT


def _round(
    bench: Bench, firestore: str, chosen: list[Subject], setting: Setting, window_s: float
) -> dict[str, Round]:
    taken = {DIRECT: _direct(bench, setting, window_s)}
    for subject in chosen:
        taken[subject.name] = _measure(bench, firestore, subject, setting, window_s)
        one = taken[subject.name]
        trips = " / ".join(f"{ms:.1f}" for ms in one.round_trips_ms)
        print(
            f"  {setting.streams:3} × {setting.frame_ms} ms  {subject.name:8}"
            f" {one.cpu_us:6.0f} µs/frame {one.rss_kib:5.0f} KiB  {trips} ms",
            flush=True,
        )
    return taken


def _direct(bench: Bench, setting: Setting, window_s: float) -> Round:
    port = free_port()
    with bench.helper(python("benchmarks.upstream", "--port", port), port) as pid:
        url = f"ws://localhost:{port}/v3/ws"
        return _load(url, port, pid, setting, window_s, greeted=False)


def _measure(
    bench: Bench, firestore: str, subject: Subject, setting: Setting, window_s: float
) -> Round:
    speech_port, port = free_port(), free_port()
    around = Surroundings(speech_port=speech_port, model_port=9, firestore=firestore)
    upstream = python("benchmarks.upstream", "--port", speech_port)
    with (
        bench.helper(upstream, speech_port),
        bench.server(subject.command(port), port, around.environ(port)) as pid,
    ):
        url = f"ws://localhost:{port}/voice"
        return _load(url, speech_port, pid, setting, window_s, greeted=subject.greets)


def _load(
    url: str, control_port: int, pid: int, setting: Setting, window_s: float, *, greeted: bool
) -> Round:
    options = {
        "url": url,
        "control-port": control_port,
        "pid": pid,
        "streams": setting.streams,
        "frame-ms": setting.frame_ms,
        "window": window_s,
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    if greeted:
        flags.append("--greeted")
    done = subprocess.run(
        python("benchmarks.load", *flags), stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)
    return Round(**found | {"round_trips_ms": tuple(found["round_trips_ms"])})


def medians(rounds: Rounds) -> Iterator[tuple[Setting, str, Figures]]:
    """What the tables show, in the order of measuring."""
    for (setting, name), taken in rounds.items():
        if name == DIRECT:
            continue
        direct = rounds[setting, DIRECT]
        others = {other for where, other in rounds if where == setting and other != DIRECT}
        yield (
            setting,
            name,
            Figures(
                cpu_us=statistics.median(each.cpu_us for each in taken),
                rss_kib=statistics.median(each.rss_kib for each in taken),
                delivered=min(each.delivered for each in taken),
                against={other: _ratio(taken, rounds[setting, other]) for other in others},
                added_ms=_added(taken, direct),
            ),
        )


def _ratio(taken: list[Round], other: list[Round]) -> Ratio:
    found = [one.cpu_us / base.cpu_us for one, base in zip(taken, other, strict=True)]
    return Ratio(least=min(found), median=statistics.median(found), most=max(found))


def _added(taken: list[Round], direct: list[Round]) -> tuple[float, float, float]:
    p50, p95, p99 = (
        statistics.median(
            one.round_trips_ms[at] - base.round_trips_ms[0]
            for one, base in zip(taken, direct, strict=True)
        )
        for at in range(3)
    )
    return p50, p95, p99
