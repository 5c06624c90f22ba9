"""Asking for documentation: by a request, or by a push. `code_to_docs` does the work."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.docs_scope import Scope, is_documented
from shared.services.docs_store import DocsStore
from shared.services.operations import Operation, Operations
from shared.sync.workspace import Workspace

CODE_TO_DOCS: Final = "code-to-docs"


class DocsRequests:
    """Starts what somebody asks for."""

    def __init__(self, operations: Operations, store: StateStore, clock: Clock) -> None:
        self._operations = operations
        self._store = store
        self._clock = clock

    def start(
        self, workspace: Workspace, scope: Scope, files: Mapping[str, str] | None = None
    ) -> Operation:
        """Start documenting; the same request joins the one that runs.

        `files`: contents by path, in place of the scope's own.
        """
        if files is not None:
            digest = DocsStore(self._store, workspace, self._clock).put_upload(files)
            scope = replace(scope, upload=digest)
        args = {"workspace": workspace.wid, **scope.args}
        key = f"{workspace.wid}:{_digest(args)}"
        return self._operations.start(CODE_TO_DOCS, workspace.owner, key=key, args=args)


def start_docs_for(
    operations: Operations, workspace: Workspace, paths: Iterable[str], commit: str = ""
) -> Operation | None:
    """Document what a push changed or removed; None where no page can differ by it.

    `commit`: what the push brought the branch to; a repetition for the same one joins, another
    push never does, so that none is lost. Without it nothing joins.
    """
    folders = [each.folder for each in workspace.collections]
    code = tuple(sorted(path for path in set(paths) if is_documented(path, folders)))
    if not code:
        return None
    args = {"workspace": workspace.wid, **Scope(paths=code).args}
    key = f"{workspace.wid}:{commit or uuid4().hex}:{_digest(args)}"
    return operations.start(CODE_TO_DOCS, workspace.owner, key=key, args=args)


def _digest(args: Mapping[str, Any]) -> str:
    text = json.dumps(args, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
