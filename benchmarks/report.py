"""Tables of what was measured, in Markdown, with the bounds of the design beside the figures."""

from collections.abc import Iterable, Iterator
from typing import Final

from benchmarks.engine import Engine
from benchmarks.relay import Figures, Ratio, Setting
from benchmarks.subjects.catalogue import CONTROL, FLASK_SOCK, PRODUCT, SUBJECTS

_RING_KIB: Final = 94  # three seconds of audio: what the product keeps before a turn begins
_MAX_CPU_RATIO: Final = 1.3
_MAX_KIB: Final = 300
_MAX_P99_MS: Final = 25.0
_MAX_REQUEST_MS: Final = 3.0
_MAX_DELTA_MS: Final = 1.0
_TITLES: Final = {subject.name: subject.title for subject in SUBJECTS}

Row = tuple[Setting, str, Figures]


def relay_tables(rows: Iterable[Row]) -> Iterator[str]:
    """One table for each setting, one line for each subject."""
    shown: Setting | None = None
    for setting, name, figures in rows:
        if setting != shown:
            shown = setting
            yield f"\n### {setting.streams} streams, frames of {setting.frame_ms} ms\n"
            yield (
                "| | CPU µs/frame | × asyncio | × flask-sock | KiB/stream |"
                " added p50 / p95 / p99 ms | delivered |"
            )
            yield "|---|---|---|---|---|---|---|"
        yield _relay_row(name, figures)


def _relay_row(name: str, figures: Figures) -> str:
    added = " / ".join(f"{ms:.1f}" for ms in figures.added_ms)
    ratios = [_ratio(figures.against.get(other)) for other in (CONTROL, FLASK_SOCK)]
    return (
        f"| {_TITLES[name]} | {figures.cpu_us:.0f} | {ratios[0]} | {ratios[1]} |"
        f" {figures.rss_kib:.0f} | {added} | {figures.delivered:.0%} |"
    )


def _ratio(value: Ratio | None) -> str:
    return "–" if value is None else f"{value.median:.2f} ({value.least:.2f}–{value.most:.2f})"


def engine_table(engine: Engine) -> Iterator[str]:
    """What the service adds between its vendors and its client."""
    before, after = engine.churn
    yield "\n### Engine\n"
    yield "| | p50 / p95 / p99 ms |"
    yield "|---|---|"
    yield f"| final turn → request to the model on the wire | {_spread(engine.request)} |"
    yield f"| delta of the model → client | {_spread(engine.delta)} |"
    yield f"| the same, read from the HTTP response directly | {_spread(engine.direct_delta)} |"
    yield f"| audio behind for good after a 500 ms opening | {engine.lag:.0f} |"
    yield (
        f"\nAfter {engine.dropped} dropped connections: threads {before.threads} →"
        f" {after.threads}, descriptors {before.fds} → {after.fds},"
        f" memory {before.rss_kib} → {after.rss_kib} KiB."
    )


def _spread(spread: tuple[float, float, float]) -> str:
    return " / ".join(f"{ms:.2f}" for ms in spread)


def bounds(rows: list[Row], engine: Engine | None) -> Iterator[str]:
    """The bounds of the design, each with its figure; the worst setting counts."""
    yield "\n### Bounds\n"
    yield "| | bound | measured | |"
    yield "|---|---|---|---|"
    ours = [(setting, figures) for setting, name, figures in rows if name == PRODUCT]
    for other in (FLASK_SOCK, CONTROL):
        ratios = [one.against[other] for _, one in ours if other in one.against]
        if ratios:
            worst = max(ratios, key=lambda ratio: ratio.median)
            bound = _MAX_CPU_RATIO if other == FLASK_SOCK else None
            yield _ratio_bound(f"CPU per frame against: {_TITLES[other]}", worst, bound)
    if ours:
        most = max(one.rss_kib for _, one in ours) - _RING_KIB
        yield _bound("memory per session beside turn audio", most, _MAX_KIB, " KiB")
    for setting, figures in ours:
        if setting == Setting(100, 100):
            yield _bound("p99 added, 100 × 100 ms", figures.added_ms[2], _MAX_P99_MS, " ms")
    if engine is not None:
        yield _bound("final turn → request, p50", engine.request[0], _MAX_REQUEST_MS, " ms")
        delta = engine.delta[0] - engine.direct_delta[0]
        yield _bound("delta → client, p50 less direct", delta, _MAX_DELTA_MS, " ms")


def _ratio_bound(what: str, ratio: Ratio, bound: float | None) -> str:
    """A bound counts as met, or as missed, only if every round agrees."""
    if bound is None:
        return f"| {what} | towards 1 | {_ratio(ratio)} | |"
    verdict = "met" if ratio.median <= bound else "not met"
    if ratio.least <= bound < ratio.most:
        verdict += ", but the rounds disagree"
    return f"| {what} | ≤ {bound:g} | {_ratio(ratio)} | {verdict} |"


def _bound(what: str, measured: float, bound: float, unit: str) -> str:
    verdict = "met" if measured <= bound else "not met"
    return f"| {what} | ≤ {bound:g}{unit} | {measured:.2f}{unit} | {verdict} |"
