"""The functions of Notion and of long work; `run_operation` is not public: Pub/Sub calls it."""

import os

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from shared.http.function import LazyApp
from shared.settings import Settings
from shared.wiring import build_operations

_OPERATIONS = LazyApp(lambda: build_operations(Settings.from_env(os.environ)))


@functions_framework.http
def run_operation(request: Request) -> Response:
    """Do the operation that a Pub/Sub message names."""
    return _OPERATIONS.respond(request)
