"""The function `health`: what there is, how it is, and its documentation."""

import os

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from shared.http.function import LazyApp
from shared.settings import Settings
from shared.wiring import build_health_api

_APP = LazyApp(lambda: build_health_api(Settings.from_env(os.environ)))


@functions_framework.http
def health(request: Request) -> Response:
    """Answer one request."""
    return _APP.respond(request)
