"""The functions as functions-framework serves them, against the emulators."""

from pathlib import Path

import functions_framework
from flask.testing import FlaskClient

from dev.seed import User, seed_users
from tests.support.emulators import PROJECT

ROOT = Path(__file__).parents[2]


def client_of(folder: str, target: str) -> FlaskClient:
    """A client of one function; it reads its settings at the first request."""
    source = str(ROOT / "functions" / folder / "main.py")
    app = functions_framework.create_app(target, source, "http")
    client: FlaskClient = app.test_client()
    return client


def people(auth_host: str) -> dict[str, User]:
    """The people of the local stack: `user`, `other_user` and `admin`."""
    return seed_users(auth_host, PROJECT)


def bearer(user: User) -> dict[str, str]:
    """The headers of a request of theirs."""
    return {"Authorization": f"Bearer {user.id_token}"}
