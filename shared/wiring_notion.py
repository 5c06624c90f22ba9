"""The sections of the function `notion`: what one is made of is loaded with its first request."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from shared.http.operations import LongWork
    from shared.http.route import Routes
    from shared.http.sections import Sections
    from shared.services.operations import Operations


class NotionSections:
    """Builds the sections, which share the parts behind them."""

    def __init__(self, settings: Settings) -> None:
        from shared.adapters.identity import FirebaseIdentity
        from shared.wiring_parts import NotionParts

        self._settings = settings
        self._parts = NotionParts(settings)
        self._identity = FirebaseIdentity(
            settings.project_id, self._parts.clock, settings.auth_emulator
        )

    def all(self) -> "Sections":
        """The whole function."""
        from shared.http.function import LazyApp
        from shared.http.sections import Sections

        webhooks = LazyApp(self._webhooks)
        sections = {
            "setup": LazyApp(self._setup),
            "sync-status": LazyApp(self._status),
            "sync": LazyApp(self._sync),
            "conflicts": LazyApp(self._conflicts),
            "task-to-branch": LazyApp(self._tasks),
            "code-to-docs": LazyApp(self._docs),
            "operations": LazyApp(self._long_works),
            "webhook": webhooks,
            "push": webhooks,
        }
        return Sections("notion", sections, LazyApp(lambda: self._app((), None)))

    def _setup(self) -> "Flask":
        from shared.http.notion_setup import SETUP_ROUTES, SetupViews
        from shared.services.workspaces import Workspaces

        parts = self._parts
        views = SetupViews(
            parts.set_up,
            Workspaces(parts.store),
            self._operations,
            self._long_work,
            parts.clock,
            self._settings.public_url,
        )
        return self._app(SETUP_ROUTES, views)

    def _status(self) -> "Flask":
        from shared.http.notion_status import STATUS_ROUTES, StatusViews
        from shared.services.sync_status import SyncStatuses

        parts = self._parts
        statuses = SyncStatuses(
            parts.store, parts.clock, lambda workspace: parts.connections.usage(workspace)
        )
        return self._app(STATUS_ROUTES, StatusViews(statuses))

    def _sync(self) -> "Flask":
        from shared.http.notion_sync import SYNC_ROUTES, SyncViews
        from shared.services.sync_status import SyncStatuses

        parts = self._parts
        statuses = SyncStatuses(parts.store, parts.clock, parts.connections.usage)
        views = SyncViews(parts.store, statuses, self._operations, self._long_work)
        return self._app(SYNC_ROUTES, views)

    def _conflicts(self) -> "Flask":
        from shared.http.notion_conflicts import CONFLICT_ROUTES, ConflictViews
        from shared.services.conflicts import Conflicts

        conflicts = Conflicts(self._parts.store, self._operations)
        return self._app(CONFLICT_ROUTES, ConflictViews(conflicts, self._long_work))

    def _tasks(self) -> "Flask":
        from shared.http.notion_tasks import TASK_ROUTES, TaskViews

        return self._app(TASK_ROUTES, TaskViews(self._operations, self._long_work))

    def _docs(self) -> "Flask":
        from shared.http.notion_docs import DOCS_ROUTES, DocsViews
        from shared.services.docs_requests import DocsRequests
        from shared.services.workspaces import Workspaces

        parts = self._parts
        docs = DocsRequests(self._operations, parts.store, parts.clock)
        return self._app(DOCS_ROUTES, DocsViews(Workspaces(parts.store), docs, self._long_work))

    def _long_works(self) -> "Flask":
        from shared.http.operations import OPERATION_ROUTES, OperationViews

        return self._app(OPERATION_ROUTES, OperationViews(self._operations))

    def _webhooks(self) -> "Flask":
        from shared.http.webhooks import WEBHOOK_ROUTES, WebhookViews
        from shared.services.push_hooks import PushHooks
        from shared.services.webhooks import WebhookPorts, Webhooks

        parts = self._parts
        ports = WebhookPorts(
            store=parts.store,
            clock=parts.clock,
            secrets=parts.secrets,
            publisher=parts.publisher,
            token=self._settings.webhook_secret,
        )
        pushes = PushHooks(parts.store, parts.secrets, parts.publisher, parts.clock)
        return self._app(WEBHOOK_ROUTES, WebhookViews(Webhooks(ports), pushes))

    def _app(self, routes: "Routes", views: Any) -> "Flask":
        from shared.http.edge import create_app

        return create_app("notion", self._settings, self._identity, routes, views)

    @cached_property
    def _operations(self) -> "Operations":
        """One for all: it keeps which operations it woke."""
        from shared.services.operations import Operations

        parts = self._parts
        return Operations(parts.store, parts.publisher, parts.clock)

    @cached_property
    def _long_work(self) -> "LongWork":
        import time

        from shared.http.operations import LongWork

        return LongWork(self._operations, self._parts.clock, time.sleep)
