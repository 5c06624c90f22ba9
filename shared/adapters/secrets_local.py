"""The secrets port on a folder of this machine, for local work and never in the cloud."""

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.adapters.secrets_checks import NAME_PATTERN, check_name, check_value
from shared.errors import Conflict, NotFound, UpstreamUnavailable

_REFERENCE: Final = re.compile(rf"local:({NAME_PATTERN})@[0-9a-f]{{16}}")
_SERVICE: Final = "secrets"


class LocalSecrets:
    """A `Secrets` of one file per name, readable by its owner alone (mode 0600).

    Files are replaced whole, so a reader sees the value before or the one after. A reference is
    new with each write, as the cloud's is, and reads the newest value of its name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, value: str) -> str:
        """Store a new value; see the port."""
        place, content = self._place(name), check_value(value)
        with _translated(), self._written(content) as written:
            written.replace(place)
        return _reference(name)

    def get(self, reference: str) -> str:
        """Read a value; see the port."""
        known = _REFERENCE.fullmatch(reference)
        if known is None:
            raise NotFound("There is no such secret.")
        with _translated():
            # Not through a link: a name is to lie in the folder itself.
            opened = os.open(self._place(known[1]), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(opened, "rb") as file:
                return file.read().decode()

    def create(self, name: str, value: str) -> str:
        """Store the first value; see the port."""
        place, content = self._place(name), check_value(value)
        try:
            with _translated(), self._written(content) as written:
                os.link(written, place)  # unlike a replacement it fails if the place is taken
        except FileExistsError as exc:
            raise Conflict("The secret exists already.") from exc
        return _reference(name)

    def delete(self, name: str) -> None:
        """Delete a name; see the port."""
        place = self._place(name)
        with _translated():
            place.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._folder / check_name(name)

    @contextmanager
    def _written(self, content: bytes) -> Iterator[Path]:
        """A finished file beside the others, gone at the end unless it was moved."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened, path = tempfile.mkstemp(dir=self._folder, prefix=".")  # made with mode 0600
        try:
            with open(opened, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield Path(path)
        finally:
            Path(path).unlink(missing_ok=True)


def _reference(name: str) -> str:
    return f"local:{name}@{secrets.token_hex(8)}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError as exc:
        raise NotFound("There is no such secret.") from exc
    except OSError as exc:
        detail = "The folder of secrets cannot be used: look at its owner and mode."
        raise UpstreamUnavailable(detail, service=_SERVICE) from exc
