"""The functions of Notion: `notion` is public, the others are called by Pub/Sub alone."""

import os

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from shared.http.function import LazyApp
from shared.settings import Settings, check_at_start
from shared.wiring import (
    build_notion_api,
    build_operations,
    build_sync_tick,
    build_sync_workspace,
)

# Entry point → what it cannot do without.
_NEEDED = {"run_operation": ("ANTHROPIC_API_KEY",)}

check_at_start(os.environ, _NEEDED)
_NOTION = LazyApp(lambda: build_notion_api(Settings.from_env(os.environ)))
_OPERATIONS = LazyApp(lambda: build_operations(Settings.from_env(os.environ)))
_TICK = LazyApp(lambda: build_sync_tick(Settings.from_env(os.environ)))
_WORKSPACE = LazyApp(lambda: build_sync_workspace(Settings.from_env(os.environ)))


@functions_framework.http
def notion(request: Request) -> Response:
    """Answer one request."""
    return _NOTION.respond(request)


@functions_framework.http
def run_operation(request: Request) -> Response:
    """Do the operation that a Pub/Sub message names."""
    return _OPERATIONS.respond(request)


@functions_framework.http
def sync_tick(request: Request) -> Response:
    """Send the workspaces that are due, at each slot of its minute."""
    return _TICK.respond(request)


@functions_framework.http
def sync_workspace(request: Request) -> Response:
    """Sync the workspace that a Pub/Sub message names."""
    return _WORKSPACE.respond(request)
