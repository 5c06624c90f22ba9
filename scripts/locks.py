"""Makes the lock files from the .in files, and checks that they are in step.

`python scripts/locks.py compile [--upgrade]` asks the package index; `check` needs no network:
each lock's first line carries a digest of what it was made from.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ROOT_LOCK = "requirements.txt"
LOCKS = {  # lock → source; the first one decides the versions for those after it
    _ROOT_LOCK: "requirements/local.in",
    "requirements/dev.txt": "requirements/dev.in",
    "requirements/bench.txt": "requirements/bench.in",
    "requirements/uv.txt": "requirements/uv.in",
    "requirements/checkov.txt": "requirements/checkov.in",
    "functions/voice/requirements.txt": "functions/voice/requirements.in",
    "functions/health/requirements.txt": "functions/health/requirements.in",
    "functions/notion/requirements.txt": "functions/notion/requirements.in",
    "run/voice_ws/requirements.txt": "run/voice_ws/requirements.in",
}
_OWN_VERSIONS = ("requirements/uv.txt", "requirements/checkov.txt")


def compile_all(*, upgrade: bool) -> None:
    """Make every lock again; versions stay as they are unless `upgrade` is set.

    Raises:
        subprocess.CalledProcessError: there is no set of versions that fits, or no network.
    """
    for lock, source in LOCKS.items():
        print(f"{lock} ← {source}", flush=True)
        _compile(lock, source, upgrade=upgrade)
        body = (ROOT / lock).read_text(encoding="utf8")
        (ROOT / lock).write_text(f"# made by `make lock` from {source} {_digest(source)}\n{body}")


def _compile(lock: str, source: str, *, upgrade: bool) -> None:
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    options += ["--quiet", "--annotation-style", "line", "--output-file", lock]
    if upgrade:
        options.append("--upgrade")
    if lock not in (_ROOT_LOCK, *_OWN_VERSIONS):
        options += ["--constraint", _ROOT_LOCK]
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "compile"]
    subprocess.run([*uv, *options, source], cwd=ROOT, check=True)


def faults() -> list[str]:
    """What is out of step: a lock older than its source, or versions that differ."""
    found = []
    common = _pins(_ROOT_LOCK)
    for lock, source in LOCKS.items():
        path = ROOT / lock
        if not path.exists():
            found.append(f"{lock} is missing")
            continue
        if _digest(source) not in path.read_text(encoding="utf8").split("\n", 1)[0]:
            found.append(f"{lock} is older than {source}")
        if lock not in _OWN_VERSIONS:
            found += _differences(lock, common)
    return found


def _differences(lock: str, common: dict[str, str]) -> list[str]:
    pins = _pins(lock)
    return [
        f"{lock}: {name}=={version} but {_ROOT_LOCK} has {common[name]}"
        for name, version in pins.items()
        if common.get(name, version) != version
    ]


def _pins(lock: str) -> dict[str, str]:
    path = ROOT / lock
    text = path.read_text(encoding="utf8") if path.exists() else ""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def _digest(source: str) -> str:
    """A digest of a source and of the sources it includes; other locks are left out."""
    digest = hashlib.sha256()
    waiting = [ROOT / source]
    while waiting:
        path = waiting.pop()
        text = path.read_text(encoding="utf8")
        digest.update(text.encode())
        included = re.findall(r"^-[rc]\s+(\S+\.in)$", text, flags=re.MULTILINE)
        waiting += [path.parent / name for name in included]
    return digest.hexdigest()[:16]


def main() -> int:
    """Compile or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("compile", "check"))
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    wanted = parser.parse_args()
    if wanted.action == "compile":
        compile_all(upgrade=wanted.upgrade)
    found = faults()
    for fault in found:
        print(f"{fault}: make lock", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
