"""Which repository addresses are accepted."""

import pytest

from shared.adapters.git_url import (
    ALLOWED_HOSTS,
    Resolver,
    check_url,
    default_username,
    parse_url,
    public_addresses,
)
from shared.errors import InvalidRequest, UpstreamUnavailable

_URL = "https://github.com/owner/repository.git"


def resolves_to(*numbers: str) -> Resolver:
    return lambda _host, _port: list(numbers)


PUBLIC = resolves_to("140.82.121.4", "2606:50c0:8000::154")


@pytest.mark.parametrize(
    "url",
    [
        _URL,
        "https://GitHub.com/owner/repository",
        "https://gitlab.com:443/group/sub/project.git/",
        "https://dev.azure.com/org/my%20project/_git/repository",
    ],
)
def test_a_public_address_on_a_known_host_is_accepted(url: str) -> None:
    check_url(url, ALLOWED_HOSTS, False, PUBLIC)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://github.com/o/r.git", "https://"),
        ("ssh://git@github.com/o/r.git", "https://"),
        ("git@github.com:o/r.git", "https://"),
        ("file:///etc", "https://"),
        ("https://user:secret@github.com/o/r.git", "credential"),
        ("https://token@github.com/o/r.git", "credential"),
        ("https://@github.com/o/r.git", "credential"),
        ("https://github.com/o/r.git?x=1", "query"),
        ("https://github.com/o/r.git#main", "fragment"),
        ("https://github.com/o/r.git?", "query"),
        ("https://github.com/", "path"),
        ("https://github.com", "path"),
        ("https://github.com//evil.example/r.git", "empty or dotted"),
        ("https://github.com/../r.git", "empty or dotted"),
        ("https://github.com/o/r\n.git", "letters"),
        ("https://github.com/ö/r.git", "letters"),
        ("https://github.com:port/o/r.git", "read"),
        ("https://[::1/o/r.git", "read"),
        ("https://github.com.evil.example/o/r.git", "allowed"),
        ("https://evilgithub.com/o/r.git", "allowed"),
        ("https://api.github.com/o/r.git", "allowed"),
        ("https://github.com./o/r.git", "host name"),
        ("https://gıthub.com/o/r.git", "host name"),
        ("https://2130706433/o/r.git", "allowed"),
        ("https://0x7f000001/o/r.git", "allowed"),
        ("https://127.0.0.1/o/r.git", "allowed"),
        ("https://[::1]/o/r.git", "host name"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused_with_the_mend(url: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as refused:
        check_url(url, ALLOWED_HOSTS, False, PUBLIC)
    assert "secret" not in refused.value.detail
    assert "token@" not in refused.value.detail


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:140.82.121.4",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "ff02::1",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_host_with_any_number_that_is_not_public_is_refused(number: str, first: bool) -> None:
    numbers = [number, "140.82.121.4"] if first else ["140.82.121.4", number]
    with pytest.raises(InvalidRequest, match="private network"):
        check_url(_URL, ALLOWED_HOSTS, False, resolves_to(*numbers))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_another_way_to_write_loopback_is_seen_through(host: str) -> None:
    # The system's own resolver reads such names; no name server is asked for them.
    with pytest.raises((InvalidRequest, UpstreamUnavailable)):
        check_url(f"https://{host}/o/r.git", [host], False)


def test_local_work_may_use_plain_http_and_its_own_network() -> None:
    check_url("http://127.0.0.1:8123/demo.git", ["127.0.0.1"], True, resolves_to("127.0.0.1"))
    check_url("http://localhost:8123/demo.git", ["localhost:8123"], True, resolves_to("::1"))
    with pytest.raises(InvalidRequest, match="allowed"):
        check_url("http://localhost:9/demo.git", ["localhost:8123"], True, resolves_to("::1"))


def test_an_address_comes_apart_into_origin_and_path() -> None:
    address = parse_url("https://GitLab.com/group/project/", ALLOWED_HOSTS, False)
    assert (address.origin, address.path) == ("https://gitlab.com", "/group/project")
    local = parse_url("http://[::1]:8080/x.git", ["::1"], True)
    assert (local.origin, local.path) == ("http://[::1]:8080", "/x.git")


def test_the_numbers_that_were_checked_are_given() -> None:
    address = parse_url(_URL, ALLOWED_HOSTS, False)
    assert public_addresses(address, False, resolves_to("140.82.121.4")) == ["140.82.121.4"]


@pytest.mark.parametrize(
    ("host", "name"),
    [("github.com", "x-access-token"), ("gitlab.com", "oauth2"), ("codeberg.org", "git")],
)
def test_a_token_goes_with_the_name_that_its_host_wants(host: str, name: str) -> None:
    assert default_username(host) == name
