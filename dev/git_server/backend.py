"""The server's address: `git http-backend` behind a password, spoken to over CGI.

https://git-scm.com/docs/git-http-backend
"""

import asyncio
import base64
import hmac
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from dev.git_server import git
from dev.git_server.deliveries import Deliveries
from dev.git_server.pushes import push_event, read_updates
from dev.git_server.repositories import PUSH_LOG

_CHUNK_BYTES = 64 * 1024
_MAX_TAGS = 3  # GitHub sends no events for more tags than this in one push


class Fault(BaseModel):
    """How the next requests go wrong.

    `http`: answered with `status` instead. `lose_answer`: done, then the connection is cut.
    `hang`: neither done nor answered. `service`: only requests for this one, not for its refs.
    """

    kind: Literal["http", "lose_answer", "hang"]
    service: Literal["git-upload-pack", "git-receive-pack"] | None = None
    status: int = Field(default=503, ge=400, le=599)
    retry_after: int | None = None
    times: int = Field(default=1, ge=1)


@dataclass(slots=True, kw_only=True)
class GitServer:
    """What the two addresses share. `url`: where this server is, without a final slash."""

    root: Path
    username: str
    password: str
    deliveries: Deliveries
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def next_fault(self, path: str) -> Fault | None:
        """Take a fault that waits for this request."""
        for fault in self.faults:
            if fault.service is None or path.endswith(f"/{fault.service}"):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


SERVER = web.AppKey("server", GitServer)


def build_git_app(server: GitServer) -> web.Application:
    """Build the application that serves the repositories in `server.root`.

    It is run with `auto_decompress=False`: git unpacks what clients compressed.
    """
    app = web.Application()
    app[SERVER] = server
    app.router.add_route("GET", "/{path:.+}", _serve)
    app.router.add_route("POST", "/{path:.+}", _serve)
    return app


async def _serve(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    server.requests.append(f"{request.method} {request.path_qs}")
    if not _is_known(request, server):
        refusal = {"WWW-Authenticate": 'Basic realm="git"'}
        return web.Response(status=401, text="wrong user or password\n", headers=refusal)
    fault = server.next_fault(request.path)
    if fault and fault.kind == "hang":
        await asyncio.Event().wait()
    if fault and fault.kind == "http":
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return web.Response(status=fault.status, headers=wait)
    with tempfile.NamedTemporaryFile(prefix="pushes-") as log:
        try:
            return await _answer(request, server, log.name, silent=fault is not None)
        finally:  # the refs have moved, whether or not the client heard of it
            await _announce(request, server, Path(log.name).read_text(encoding="utf8"))


def _is_known(request: web.Request, server: GitServer) -> bool:
    wanted = base64.b64encode(f"{server.username}:{server.password}".encode()).decode()
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Basic {wanted}".encode())


async def _answer(
    request: web.Request, server: GitServer, log: str, *, silent: bool
) -> web.StreamResponse:
    """Run git for a request and pass on what it answers; if `silent`, only let it finish."""
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env={**git.environment(), **_cgi(request, server), PUSH_LOG: log},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    feeding = asyncio.create_task(_feed(request, process.stdin))
    try:
        response = await _read_head(process.stdout)
        if silent:
            await process.stdout.read()
            await process.wait()
            if request.transport:
                request.transport.abort()
            return response
        # A client may have read enough and gone: it is not for the log.
        with suppress(ConnectionResetError):
            await response.prepare(request)
            async for chunk in _chunks(process.stdout):
                await response.write(chunk)
            await process.wait()
            await response.write_eof()
        return response
    finally:
        feeding.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _cgi(request: web.Request, server: GitServer) -> dict[str, str]:
    """The variables of RFC 3875 and of git; a missing length means: read to the end."""
    headers = request.headers
    given = {
        "CONTENT_TYPE": headers.get("Content-Type"),
        "CONTENT_LENGTH": headers.get("Content-Length"),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding"),
        "GIT_PROTOCOL": headers.get("Git-Protocol"),
    }
    return {
        "GIT_PROJECT_ROOT": str(server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string,
        "REMOTE_USER": server.username,
        "REMOTE_ADDR": request.remote or "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        **{name: value for name, value in given.items() if value is not None},
    }


async def _feed(request: web.Request, stdin: asyncio.StreamWriter) -> None:
    # Git may have read enough and gone, as with a request that it refuses.
    with suppress(BrokenPipeError, ConnectionResetError):
        async for chunk in request.content.iter_any():
            stdin.write(chunk)
            await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _read_head(stdout: asyncio.StreamReader) -> web.StreamResponse:
    response = web.StreamResponse(status=200)
    while line := (await stdout.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            response.set_status(int(value.split()[0]))
        else:
            response.headers[name] = value.strip()
    return response


async def _chunks(stdout: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await stdout.read(_CHUNK_BYTES):
        yield chunk


async def _announce(request: web.Request, server: GitServer, log: str) -> None:
    """Send a webhook for each ref that the request moved."""
    updates = read_updates(log)
    tags = [update for update in updates if update.ref.startswith("refs/tags/")]
    if len(tags) > _MAX_TAGS:
        updates = [update for update in updates if update not in tags]
    name = request.path.strip("/").split("/")[0]
    for update in updates:
        address = f"{server.url}/{name.removesuffix('.git')}"
        event = await push_event(server.root / name, update, address, server.username)
        server.deliveries.announce("push", event)
