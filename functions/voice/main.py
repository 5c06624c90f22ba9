"""The function `voice`: history, context, erase."""

import os

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from shared.http.function import LazyApp
from shared.settings import Settings, check_at_start
from shared.wiring import build_voice_api

check_at_start(os.environ)
_APP = LazyApp(lambda: build_voice_api(Settings.from_env(os.environ)))


@functions_framework.http
def voice(request: Request) -> Response:
    """Answer one request."""
    return _APP.respond(request)
