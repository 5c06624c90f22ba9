"""Builds what is deployed, from nothing but the sources: the same sources give the same bytes.

    build/voice, build/health, build/notion   a folder and a zip for each function
    build/voice_ws                            the folder that the container is built from

Each holds its own `main.py` (or the container's files), the whole of `shared/` and its own pinned
requirements. `build/manifest.json` tells each zip's SHA-256; Terraform names its objects after it.
"""

import argparse
import hashlib
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS: Final = ("voice", "health", "notion")
CONTAINER: Final = "voice_ws"
_OF_A_FUNCTION: Final = ("main.py", "requirements.txt")
_OF_THE_CONTAINER: Final = ("app.py", "gunicorn.conf.py", "requirements.txt", "Dockerfile")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
_FILE_MODE: Final = 0o100644


def build_all(target: Path) -> dict[str, str]:
    """Build everything into an emptied folder; the SHA-256 of each zip by its deployable.

    Raises:
        OSError: a source is missing, or the folder can't be written.
    """
    shutil.rmtree(target, ignore_errors=True)
    digests = {}
    for name in (*FUNCTIONS, CONTAINER):
        folder = target / name
        _stage(name, folder)
        archive = target / f"{name}.zip"
        _zip(folder, archive)
        digests[name] = hashlib.sha256(archive.read_bytes()).hexdigest()
    manifest = json.dumps(digests, indent=2, sort_keys=True) + "\n"
    (target / "manifest.json").write_text(manifest, encoding="utf8")
    return digests


def _stage(name: str, folder: Path) -> None:
    """Copy a deployable's files to where they are deployed from."""
    is_function = name in FUNCTIONS
    own = ROOT / ("functions" if is_function else "run") / name
    files = {each: own / each for each in (_OF_A_FUNCTION if is_function else _OF_THE_CONTAINER)}
    files |= {path.relative_to(ROOT).as_posix(): path for path in _shared()}
    for relative, source in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())


def _shared() -> Iterator[Path]:
    """The modules of `shared/`, without what runs and tools leave there."""
    for path in sorted((ROOT / "shared").rglob("*.py")):
        if not any(part.startswith((".", "__pycache__")) for part in path.parts[len(ROOT.parts) :]):
            yield path


def _zip(folder: Path, archive: Path) -> None:
    """Zip a folder: names in order, one time and one mode for all, so that only contents count."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
                entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix
                entry.external_attr = _FILE_MODE << 16
                out.writestr(entry, path.read_bytes(), compresslevel=9)


def main() -> int:
    """Build, and tell what was built."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--target", type=Path, default=ROOT / "build", help="default: build")
    target = parser.parse_args().target
    try:
        digests = build_all(target)
    except OSError as exc:
        print(f"error: {exc.strerror}: {exc.filename}", file=sys.stderr)
        return 1
    for name, digest in digests.items():
        size = (target / f"{name}.zip").stat().st_size
        print(f"{target / name}.zip  {size / 1024:6.0f} KiB  sha256 {digest[:16]}…")
    return 0


if __name__ == "__main__":
    sys.exit(main())
