"""What a start costs whoever does it: the smallest servers that verify a token and read a document.

`read` and `verify_and_read` are served by functions-framework, `create_app` by gunicorn on the
voice service's worker class. SDKs are imported at the first request: after the server's fork, as
the product does. Copied beside a bundle and run with its packages, so it imports nothing of ours.
"""

import os
from typing import Any

from flask import Flask, Request, request


def read(request: Request) -> str:  # noqa: ARG001
    """Read one document."""
    _read()
    return ""


def verify_and_read(request: Request) -> str:
    """Verify the request's token, then read one document."""
    _verify(request.headers["Authorization"])
    _read()
    return ""


def create_app() -> Flask:
    """The application `/voice/<user_id>`: verify, read one document, then send back what comes."""
    from flask_sock import Sock  # functions do not have it

    app = Flask(__name__)

    @Sock(app).route("/voice/<user_id>")  # type: ignore[untyped-decorator]
    def voice(ws: Any, user_id: str) -> None:  # noqa: ARG001
        _verify(request.headers["Authorization"])
        _read()
        while True:
            ws.send(ws.receive())

    return app


def _verify(authorization: str) -> None:
    import firebase_admin
    from firebase_admin import auth
    from firebase_admin.credentials import Base
    from google.auth.credentials import AnonymousCredentials

    class Nobody(Base):  # type: ignore[misc]
        def get_credential(self) -> AnonymousCredentials:
            return AnonymousCredentials()  # type: ignore[no-untyped-call]

    app = firebase_admin.initialize_app(Nobody(), {"projectId": os.environ["NEXUS_PROJECT_ID"]})
    auth.verify_id_token(authorization.removeprefix("Bearer "), app=app)


def _read() -> None:
    from google.cloud import firestore

    client = firestore.Client(project=os.environ["NEXUS_PROJECT_ID"])
    client.document("floor/none").get(timeout=5)
