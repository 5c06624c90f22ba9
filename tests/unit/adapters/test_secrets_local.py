"""The folder of secrets: who may read it, and what stays in it."""

import stat
from pathlib import Path

import pytest

from shared.adapters.secrets_local import LocalSecrets
from shared.errors import Conflict, NotFound, UpstreamUnavailable


def test_only_the_owner_may_read_a_secret_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "secrets"
    secrets = LocalSecrets(folder)
    secrets.put("a", "one")
    secrets.put("a", "two")
    secrets.create("b", "three")
    with pytest.raises(Conflict):
        secrets.create("b", "four")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"a": 0o600, "b": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("s3cret")
    secrets = LocalSecrets(tmp_path / "secrets")
    reference = secrets.put("a", "one")
    (tmp_path / "secrets" / "a").unlink()
    (tmp_path / "secrets" / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(UpstreamUnavailable):
        secrets.get(reference)
    secrets.put("a", "two")
    assert (tmp_path / "outside").read_text() == "s3cret"


def test_another_process_reads_what_was_written(tmp_path: Path) -> None:
    reference = LocalSecrets(tmp_path).put("a", "one")
    assert LocalSecrets(tmp_path).get(reference) == "one"
    with pytest.raises(NotFound):
        LocalSecrets(tmp_path / "other").get(reference)
