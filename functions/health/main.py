"""The function `health`: what there is, how it is, and its documentation."""

import os

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from shared.http.function import LazyApp
from shared.settings import Settings, check_at_start
from shared.wiring import build_health_api

check_at_start(os.environ)
_APP = LazyApp(lambda: build_health_api(Settings.from_env(os.environ)))


@functions_framework.http
def health(request: Request) -> Response:
    """Answer one request."""
    return _APP.respond(request)
