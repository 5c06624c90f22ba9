"""Faults put into the engine on purpose, to see that the proof finds them."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from types import FunctionType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of one function: in its source `old`, which is there once, becomes `new`.

    `function`: its name in `module`, for a method with its class. `seeds`: histories that find it.
    """

    name: str
    module: str
    function: str
    old: str
    new: str
    seeds: tuple[int, ...] = ()


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Let the product run with the change; everything is as before afterwards.

    Only the code of the function is exchanged, so that every reference to it sees the change.

    Raises:
        ValueError: the source does not have `old` once: the list of mutants must be mended.
    """
    function = _function(mutant)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.function} has changed")
    made: dict[str, Any] = {}
    changed = compile(
        source.replace(mutant.old, mutant.new), mutant.module, "exec", dont_inherit=True
    )
    exec(changed, function.__globals__, made)
    before = function.__code__
    function.__code__ = made[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before


def _function(mutant: Mutant) -> FunctionType:
    module = import_module(mutant.module)
    found: Any = reduce(getattr, mutant.function.split("."), module)
    assert isinstance(found, FunctionType)
    return found
