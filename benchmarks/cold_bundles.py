"""The bundles for `cold_start`: built, installed alone and compiled, as the platform has them."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.bundle import CONTAINER, FUNCTIONS, build_all

_FLOOR: Final = Path(__file__).parent / "subjects" / "cold_floor.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A bundle's folder, and the Python that has its packages."""

    folder: Path
    python: Path


def install_all(place: Path) -> dict[str, Installed]:
    """Build and install every bundle under `place`, and the floor's file in `place`/floor.

    Raises:
        RuntimeError: a package could not be installed or compiled.
    """
    built = place / "build"
    build_all(built)
    floor = built / "floor"
    floor.mkdir()
    shutil.copy(_FLOOR, floor)
    with ThreadPoolExecutor(2) as pool:
        names = (*FUNCTIONS, CONTAINER)
        made = dict(zip(names, pool.map(lambda name: _install(place, name), names), strict=True))
    _compile(made[CONTAINER].python, floor)
    return made


def _install(place: Path, name: str) -> Installed:
    folder, home = place / "build" / name, place / f"{name}-packages"
    uv = str(Path(sys.executable).with_name("uv"))
    python = home / "bin" / "python"
    _quietly(uv, "venv", "--python", sys.executable, str(home))
    into = ("--python", str(python), "--require-hashes", "-r", str(folder / "requirements.txt"))
    _quietly(uv, "pip", "install", *into)
    _compile(python, home / "lib", folder)
    return Installed(folder=folder, python=python)


def _compile(python: Path, *folders: Path) -> None:
    """Compile as the functions' buildpack and our Dockerfile do: never looked at again."""
    options = ("-q", "--invalidation-mode", "unchecked-hash")
    _quietly(str(python), "-m", "compileall", *options, *map(str, folders))


def _quietly(*command: str) -> None:
    done = subprocess.run(["nice", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
