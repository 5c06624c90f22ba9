"""The steps of the container's Dockerfile, done on the bundle as far as they go without an engine.

Its command is run by test_bundles.py, the rest by an engine in .github/workflows/ci.yml.
"""

from pathlib import Path

import pytest

from scripts.bundle import CONTAINER, build_all
from tests.support.dockerfile import DockerfileError, Stage, build

_UNCHECKED = b"\x01\x00\x00\x00"  # PEP 552: the source is not looked at again
_NOT_IN_THE_IMAGE = {"Dockerfile", "requirements.txt"}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("context")
    build_all(built)
    return built / CONTAINER


@pytest.fixture(scope="module")
def image(context: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    return build(context, tmp_path_factory.mktemp("image"))


def _files(folder: Path) -> set[str]:
    """The files below a folder but for bytecode."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in found}


def test_the_image_holds_the_whole_bundle_and_nothing_else(
    context: Path, image: dict[str, Stage]
) -> None:
    assert _files(image[""].place("/app")) == _files(context) - _NOT_IN_THE_IMAGE
    assert image[""].folder == "/app"


def test_packages_are_those_of_the_lock_as_wheels(image: dict[str, Stage]) -> None:
    (install,) = [each for each in image["packages"].ran if "pip install" in each]
    assert {"--require-hashes", "--only-binary", "requirements.txt"} <= set(install.split())
    assert _files(image["packages"].place("/build")) == {"requirements.txt"}


def test_all_modules_are_compiled_for_good(image: dict[str, Stage]) -> None:
    app = image[""].place("/app")
    for source in app.rglob("*.py"):
        (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")
        assert compiled.read_bytes()[4:8] == _UNCHECKED, source
    assert any(each.endswith("unchecked-hash /packages/lib") for each in image["packages"].ran)


def test_what_runs_is_nobody_and_finds_its_packages(image: dict[str, Stage]) -> None:
    final = image[""]
    assert final.user in final.users - {"0"}
    assert final.environment["PATH"].startswith("/packages/bin:")
    assert final.place("/packages").is_dir()
    assert len({stage.base for stage in image.values()}) == 1, "packages of another Python"


_BROKEN = (
    ("COPY shared ./shared", "COPY shared .", "No module named 'shared'"),
    ("COPY app.py gunicorn.conf.py ./", "COPY app.py gunicorn.py ./", "gunicorn.py is not there"),
    ("COPY requirements.txt .", "", "requirements.txt"),
    ("--invalidation-mode unchecked-hash /app", "--invalidation-mode never /app", "invalid choice"),
    ("shared.adapters.anthropic", "shared.adapters.anthropics", "anthropics"),
    ("USER 10001", "ADD https://example.com/x /x\nUSER 10001", "nobody tried this step: ADD"),
    ("RUN useradd", "RUN apt-get update && useradd", "nobody tried this step: apt-get"),
)


@pytest.mark.parametrize(("old", "new", "said"), _BROKEN, ids=[each[2] for each in _BROKEN])
def test_a_step_that_cannot_be_done_is_found(
    context: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """With two small modules of `shared` in the place of all, and without compiling them."""
    small = tmp_path / "context"
    (small / "shared" / "adapters").mkdir(parents=True)
    for module in ("anthropic", "assemblyai_stream"):
        (small / "shared" / "adapters" / f"{module}.py").touch()
    for name in ("app.py", "gunicorn.conf.py"):
        (small / name).touch()
    (small / "requirements.txt").write_text("", encoding="utf8")
    text = (context / "Dockerfile").read_text(encoding="utf8")
    assert old in text, f"the Dockerfile says {old!r} no more: say it as it is now"
    (small / "Dockerfile").write_text(text.replace(old, new), encoding="utf8")
    place = tmp_path / "image"
    place.mkdir()
    with pytest.raises(DockerfileError, match=said):
        build(small, place)


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("annotated-types==0.8.0", "must have a hash"),
        (f"docopt==0.6.2 --hash=sha256:{'0' * 64}", "has no usable wheels"),
    ],
    ids=["without a hash", "to be compiled"],
)
def test_a_package_that_is_not_fixed_is_refused(
    context: Path, tmp_path: Path, lock: str, said: str
) -> None:
    (packages, _) = (context / "Dockerfile").read_text(encoding="utf8").split("\nFROM")[1:]
    (tmp_path / "Dockerfile").write_text(f"FROM{packages}", encoding="utf8")
    (tmp_path / "requirements.txt").write_text(f"{lock}\n", encoding="utf8")
    place = tmp_path / "image"
    place.mkdir()
    with pytest.raises(DockerfileError, match=said):
        build(tmp_path, place)
