"""Installs what the product needs on this machine: packages, emulators, a browser for tests.

Standard library only, run by the Python that is there: `python3 scripts/setup.py`. What has not
changed since the last time costs nothing; nothing asks a question.
"""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dev.launcher import toolchain

_ROOT = toolchain.ROOT
_VENV = _ROOT / ".venv"
_NODE = _ROOT / "node_modules"
_LOCKS = (_ROOT / "requirements.txt", _ROOT / "requirements" / "dev.txt")
_UV_LOCK = _ROOT / "requirements" / "uv.txt"


class SetupError(Exception):
    """The set-up can't go on; the message is one line with the mend."""


def install_packages() -> None:
    """Bring .venv to exactly what the locks say.

    Raises:
        SetupError: the environment can't be made, or a package can't be had.
    """
    locks = (_UV_LOCK, *_LOCKS)
    stamp = _Stamp(_VENV / ".set-up", [*locks], extra=sys.version)
    if stamp.fits():
        return
    python = _environment()
    _say("Python packages: about 350 MB to fetch the first time, 1 to 3 minutes")
    hashed = ["--require-hashes", *_each("-r", [_UV_LOCK])]
    _run([python, "-m", "pip", "install", "--quiet", *hashed], "uv can't be installed")
    files = list(map(str, _LOCKS))
    uv = [str(_VENV / "bin" / "uv"), "pip", "sync", "--python", python, "--require-hashes"]
    if _try([*uv, *files]):
        stamp.set()
        return
    _say("uv could not fetch them; trying pip, which may know another index")
    pip = [python, "-m", "pip", "install", "--require-hashes", *_each("-r", _LOCKS)]
    _run(pip, "the Python packages can't be installed; see above, then run make setup again")
    stamp.set()


def _environment() -> str:
    python = _VENV / "bin" / "python"
    if not python.exists():
        _say(f"a virtual environment in .venv, with Python {sys.version.split()[0]}")
        try:
            venv.create(_VENV, with_pip=True, clear=True, symlinks=True)
        except (subprocess.CalledProcessError, OSError) as exc:
            mend = "install Python's venv module (apt-get install python3-venv)"
            raise SetupError(f"the virtual environment can't be made: {mend}") from exc
    return str(python)


def install_emulators() -> None:
    """Install the Firebase Emulator Suite that package-lock.json pins.

    Raises:
        MissingToolError: Node or git is missing.
        SetupError: npm could not install it.
    """
    toolchain.check_git()
    toolchain.check_node()
    stamp = _Stamp(_NODE / ".set-up", [_ROOT / "package.json", _ROOT / "package-lock.json"])
    if stamp.fits():
        return
    _say("Firebase emulators: about 220 MB on disk the first time, 1 to 2 minutes")
    # The optional parts are native accelerators and database drivers that no emulator of ours uses.
    _run(
        ["npm", "ci", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"],
        "npm could not install the emulators; see above, then run make setup again",
    )
    stamp.set()


def install_browser() -> None:
    """Make sure that the browser tests find a Chromium; installs it where that needs no question.

    Raises:
        SetupError: there is none and it can't be installed from here.
    """
    if toolchain.chromium():
        return
    mend = "install Chromium or Chrome for the browser tests (apt-get install chromium)"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(mend)
    _say("Chromium for the browser tests, with apt-get: about 300 MB on disk, 1 minute")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]
    if not _try(install, quiet):  # the lists of packages may be missing or old
        _run(["apt-get", "update", "-q"], mend, quiet)
        _run(install, mend, quiet)


class _Stamp:
    """Remembers what an installation was made from, so that the next start skips it."""

    def __init__(self, path: Path, sources: Iterable[Path], extra: str = "") -> None:
        self._path = path
        digest = hashlib.sha256(extra.encode())
        for source in sources:
            digest.update(source.read_bytes())
        self._value = digest.hexdigest()

    def fits(self) -> bool:
        return self._path.exists() and self._path.read_text(encoding="utf8") == self._value

    def set(self) -> None:
        self._path.write_text(self._value, encoding="utf8")


def _each(option: str, files: Iterable[Path]) -> list[str]:
    return [word for file in files for word in (option, str(file))]


def _say(line: str) -> None:
    print(f"set-up: {line}", flush=True)


def _try(command: list[str], env: Mapping[str, str] | None = None) -> bool:
    """Run a command in sight of the user; whatever interrupts us ends it too."""
    process = subprocess.Popen(command, cwd=_ROOT, env=env, stdin=subprocess.DEVNULL)
    try:
        return process.wait() == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _run(command: list[str], fault: str, env: Mapping[str, str] | None = None) -> None:
    if not _try(command, env):
        raise SetupError(fault)


def main() -> int:
    """Install everything that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="also what the browser tests need")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        toolchain.check_git()
        toolchain.check_node()
        install_packages()
        install_emulators()
        if wanted.browser:
            install_browser()
    except (SetupError, toolchain.MissingToolError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
