"""Git's smart HTTP on one origin, with limits, a checked address and narrow errors."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import urllib3
from dulwich.client import AbstractHttpGitClient
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError
from urllib3.response import BaseHTTPResponse

from shared.adapters.git_url import GitAddress, Resolver, public_addresses, resolve
from shared.errors import (
    Forbidden,
    NexusError,
    NotFound,
    TooLarge,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

SERVICE: Final = "git"
_MAX_REDIRECTS = 3
_MAX_IDLE = 4  # connections kept open for the next call
_OPENING_BYTES = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_DEFAULT_WAIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLimits:
    """What one call may take.

    `connect_s`: for each address of the host. `read_s`: of silence. `total_s`: for the whole
    call. `max_bytes`: received in a call, and again after unpacking.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    total_s: float = 60.0
    max_bytes: int = 20 * 2**20


class GitConnection:
    """Connections to one origin, kept open between calls; safe among threads.

    The host's name is resolved once, when it is first needed, and connections go to the address
    that was checked: the name cannot come to mean something else.
    """

    def __init__(
        self,
        address: GitAddress,
        credential: tuple[str, str] | None,
        limits: GitLimits,
        allow_private: bool = False,
        resolver: Resolver = resolve,
    ) -> None:
        """`credential`: user name and token, sent to this origin only."""
        self.address = address
        self.limits = limits
        self._allow_private = allow_private
        self._resolver = resolver
        self._pools: list[urllib3.HTTPConnectionPool] = []
        self._headers = {
            "Host": address.origin.partition("://")[2],
            "User-Agent": "git/nexus-pro",  # some hosts answer browsers here, and only git there
            "Pragma": "no-cache",
        }
        if credential:
            self._headers |= urllib3.make_headers(basic_auth=":".join(credential))

    def request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | Iterator[bytes] | None,
        timeout_s: float,
    ) -> BaseHTTPResponse:
        """Send one request; redirects are not followed.

        Raises:
            InvalidRequest: the host's address is not public.
            UpstreamTimeout, UpstreamUnavailable, UpstreamRejected: there is no answer.
        """
        timeout = urllib3.Timeout(
            connect=self.limits.connect_s, read=max(0.1, min(self.limits.read_s, timeout_s))
        )
        last: Exception | None = None
        for pool in self._open():
            try:
                return pool.urlopen(
                    method,
                    url.removeprefix(self.address.origin),
                    body=body,
                    headers={**self._headers, **headers},
                    retries=False,
                    redirect=False,
                    timeout=timeout,
                    preload_content=False,
                    decode_content=True,
                )
            except NewConnectionError as error:  # nothing was sent: try the next address
                last = error
            except HTTPError as error:
                raise translated(error) from error
        raise UpstreamUnavailable("The git host cannot be reached.", SERVICE) from last

    def _open(self) -> list[urllib3.HTTPConnectionPool]:
        if not self._pools:
            numbers = public_addresses(self.address, self._allow_private, self._resolver)
            self._pools = [self._pool(number) for number in numbers]
        return self._pools

    def _pool(self, number: str) -> urllib3.HTTPConnectionPool:
        if self.address.scheme == "http":
            return urllib3.HTTPConnectionPool(number, self.address.port, maxsize=_MAX_IDLE)
        # https://urllib3.readthedocs.io/en/stable/advanced-usage.html#custom-sni-hostname
        return urllib3.HTTPSConnectionPool(
            number,
            self.address.port,
            maxsize=_MAX_IDLE,
            server_hostname=self.address.host,
            assert_hostname=self.address.host,
            cert_reqs="CERT_REQUIRED",
        )


class GitTransport(AbstractHttpGitClient):
    """Git's client over a `GitConnection`, for one call; dulwich speaks the protocol."""

    def __init__(self, connection: GitConnection) -> None:
        # Thin packs may refer to objects that a store without history does not have.
        super().__init__(f"{connection.address.origin}/", thin_packs=False)
        self._connection = connection
        self._deadline = time.monotonic() + connection.limits.total_s
        self._left_bytes = connection.limits.max_bytes
        self._opening = bytearray()

    @property
    def opening(self) -> bytes:
        """How the last answer began: dulwich passes over an error that a fetch begins with."""
        return bytes(self._opening)

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,  # noqa: ARG002  (the base class's signature)
    ) -> tuple["_Response", Callable[[int], bytes]]:
        """Do dulwich's requests; the hook that the base class leaves to its users."""
        found, answer = url, self._send(url, headers, data)
        for _ in range(_MAX_REDIRECTS):
            if answer.status not in _REDIRECTS or data is not None:
                break
            answer.close()
            found = self._same_origin(urljoin(found, answer.headers.get("Location", "")))
            answer = self._send(found, headers, None)
        if answer.status != 200:
            answer.close()
            raise refusal(answer)
        kind = answer.headers.get("Content-Type", "")
        if not kind.startswith("application/x-git-"):
            answer.close()
            raise NotFound("There is no git repository at this address, or no access to it.")
        self._opening = bytearray()
        redirected = "" if found == url else found
        return _Response(answer, kind, redirected), lambda size: self._read(answer, size)

    def _send(
        self, url: str, headers: dict[str, str] | None, data: bytes | Iterator[bytes] | None
    ) -> BaseHTTPResponse:
        method = "GET" if data is None else "POST"
        return self._connection.request(method, url, headers or {}, data, self._left_s())

    def _same_origin(self, url: str) -> str:
        if not url.startswith(f"{self._connection.address.origin}/"):
            raise UpstreamRejected(
                "The repository has moved to another host: give its new address.", SERVICE
            )
        return url

    def _read(self, answer: BaseHTTPResponse, size: int) -> bytes:
        self._left_s()
        try:
            data = answer.read(size)
        except HTTPError as error:
            raise translated(error) from error
        self._opening += data[: _OPENING_BYTES - len(self._opening)]
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            answer.close()
            raise TooLarge("The repository's answer is larger than what is read at once.")
        return data

    def _left_s(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise UpstreamTimeout("The git host takes too long.", SERVICE)
        return left


class _Response:
    """What dulwich wants to know of an answer."""

    def __init__(self, answer: BaseHTTPResponse, content_type: str, redirected: str) -> None:
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self.content_type: str | None = content_type
        self.redirect_location = redirected
        self._answer = answer

    def read(self, amt: int | None = None) -> bytes:
        return self._answer.read(amt)

    def geturl(self) -> str | None:
        return self._answer.geturl()

    def close(self) -> None:
        """Let go of the connection, for the next request if the answer was read to its end.

        Git's last packet comes before HTTP's last chunk, which nobody has read yet.
        """
        if not self._answer.closed:
            with suppress(HTTPError):
                self._answer.read(1)
        self._answer.close()


def translated(error: HTTPError) -> NexusError:
    """Our error for a failure of the connection."""
    if isinstance(error, TimeoutError):
        return UpstreamTimeout("The git host takes too long.", SERVICE)
    if isinstance(error, SSLError):
        return UpstreamRejected("The git host's certificate is not valid.", SERVICE)
    return UpstreamUnavailable("The connection to the git host broke.", SERVICE)


def refusal(answer: BaseHTTPResponse) -> NexusError:
    """Our error for an answer's status."""
    wait = answer.headers.get("Retry-After", "")
    wait_s = float(wait) if wait.isdigit() else _DEFAULT_WAIT_S
    status = answer.status
    if status in (408, 429) or status >= 500 or (status == 403 and wait):
        return UpstreamUnavailable("The git host is busy or down.", SERVICE, wait_s)
    if status == 401:
        return UpstreamRejected(
            "The git host refuses the credential: give a token that is valid.", SERVICE
        )
    if status == 403:
        return Forbidden("The credential may not do this: allow it to read and write contents.")
    if status in (404, 410):
        return NotFound("The repository was not found, or there is no access to it.")
    if status == 413:
        return TooLarge("The git host takes no push of this size.")
    return UpstreamRejected(f"The git host answered with status {status}.", SERVICE)
