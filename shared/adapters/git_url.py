"""Which repository addresses may be used: nobody reaches our own network through us.

Addresses come from people, so a host has to be on a list, and what its name resolves to has to be
public; connections are made to the very address that was checked (`git_transport`), so that a name
cannot change its meaning in between.
"""

import re
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from shared.errors import InvalidRequest, UpstreamUnavailable

ALLOWED_HOSTS: Final = (
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "dev.azure.com",
)
# Who a token belongs to where the host asks for a fixed name; elsewhere any name will do.
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
# https://docs.gitlab.com/api/oauth2/ · https://support.atlassian.com/bitbucket-cloud/docs/
_USERNAMES = {
    "github.com": "x-access-token",
    "gitlab.com": "oauth2",
    "bitbucket.org": "x-token-auth",
}
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAddress:
    """A repository's address in parts. `path` begins with a slash and does not end in one."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port only where it is not the usual one."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = _DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{shown}" + ("" if usual else f":{self.port}")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, IPv4 first: not every network that we run in has IPv6.

    Raises:
        UpstreamUnavailable: it has none, or the name service does not answer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UpstreamUnavailable("The git host's name was not found.", "git") from error
    numbers = dict.fromkeys(str(each[4][0]) for each in found)
    return sorted(numbers, key=lambda number: ":" in number)


def parse_url(url: str, allowed_hosts: Collection[str], allow_private: bool) -> GitAddress:
    """Take a repository's address apart without asking the network.

    Args:
        url: as `https://host/path`, no credential, query or fragment in it.
        allowed_hosts: host names, lower case; one without a port stands for all ports.
        allow_private: also take plain http; for local work only.

    Raises:
        InvalidRequest: the detail names the mend.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidRequest("The repository's address cannot be read.") from error
    _check_form(url, parts, allow_private)
    host = (parts.hostname or "").lower()
    port = port or _DEFAULT_PORTS[parts.scheme]
    if host not in allowed_hosts and f"{host}:{port}" not in allowed_hosts:
        names = ", ".join(allowed_hosts)
        raise InvalidRequest(f"The repository's host is not one of those allowed: {names}.")
    return GitAddress(scheme=parts.scheme, host=host, port=port, path=parts.path.rstrip("/"))


def check_url(
    url: str,
    allowed_hosts: Collection[str],
    allow_private: bool,
    resolver: Resolver = resolve,
) -> None:
    """Make sure that a repository's address may be used, its host's numbers included.

    Args:
        url, allowed_hosts: as for `parse_url`.
        allow_private: also take plain http and hosts in our own network; for local work only.
        resolver: tells the numbers of a host.

    Raises:
        InvalidRequest: it may not; the detail names the mend.
        UpstreamUnavailable: its host cannot be resolved now.
    """
    address = parse_url(url, allowed_hosts, allow_private)
    public_addresses(address, allow_private, resolver)


def public_addresses(
    address: GitAddress, allow_private: bool, resolver: Resolver = resolve
) -> list[str]:
    """The numbers of an address's host, all of them public unless `allow_private`.

    Raises:
        InvalidRequest: one of them is not public.
        UpstreamUnavailable: it cannot be resolved now.
    """
    numbers = resolver(address.host, address.port)
    if not allow_private and not all(_is_public(number) for number in numbers):
        raise InvalidRequest("The repository's host is in a private network: it must be public.")
    return numbers


def default_username(host: str) -> str:
    """The user name that a host wants beside a token."""
    return _USERNAMES.get(host, "git")


def _check_form(url: str, parts: SplitResult, allow_private: bool) -> None:
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise InvalidRequest("A repository's address begins with https://.")
    if "@" in parts.netloc:
        raise InvalidRequest("A credential does not belong in the address: give it as `token`.")
    if "?" in url or "#" in url:
        raise InvalidRequest("A repository's address has no query and no fragment.")
    host = (parts.hostname or "").lower()
    if not _HOST_NAME.fullmatch(host) and not (allow_private and ":" in host):
        raise InvalidRequest("The repository's host is not a host name.")
    if not parts.path.strip("/") or not re.fullmatch(r"[!-\[\]-~]*", url):
        raise InvalidRequest("The repository's address names a host and a path, in plain letters.")
    if {"", ".", ".."} & set(parts.path.strip("/").split("/")) or parts.path.startswith("//"):
        raise InvalidRequest("The path of the repository's address has no empty or dotted parts.")


def _is_public(number: str) -> bool:
    address = ip_address(number.split("%")[0])
    if isinstance(address, IPv6Address):
        return _is_public_v6(address)
    return _is_public_v4(address)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


def _is_public_v6(address: IPv6Address) -> bool:
    """Only plain unicast: forms that carry an IPv4 address inside may lead anywhere."""
    carries_v4 = address.ipv4_mapped or address.sixtofour or address.teredo
    is_unicast = address.packed[0] >> 5 == 1  # 2000::/3
    return address.is_global and is_unicast and not carries_v4
