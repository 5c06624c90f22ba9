"""Which server the git adapter talks to: the checked address, one origin, a valid certificate."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.adapters.git import DulwichRepository
from shared.errors import InvalidRequest, NexusError, NotFound, UpstreamRejected

_HOST = "git.example.com"
_REFS = "/info/refs?service=git-upload-pack"


class Server:
    """Answers by a table of paths: (status, headers, body); keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []
        table, asked = self.answers, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers["Host"], self.headers["Authorization"]))
                status, headers, body = table.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.http.server_address[1])

    def redirect(self, path: str, target: str) -> None:
        self.answers[path + _REFS] = (301, {"Location": target + _REFS}, b"")


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """Two servers on different ports."""
    both = [Server(), Server()]
    threads = [
        threading.Thread(target=each.http.serve_forever, kwargs={"poll_interval": 0.05})
        for each in both
    ]
    for thread in threads:
        thread.start()
    yield both
    for each, thread in zip(both, threads, strict=True):
        each.http.shutdown()
        thread.join()
        each.http.server_close()


class Names:
    """A name service that gives its answers in turn, the last one again and again."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


def repository(
    port: int, names: Names, *, scheme: str = "http", private: bool = True
) -> DulwichRepository:
    return DulwichRepository(
        f"{scheme}://{_HOST}:{port}/a.git",
        "",
        "token",
        allowed_hosts=(_HOST,),
        allow_private=private,
        resolver=names,
    )


def test_the_host_is_named_while_the_checked_number_is_called(servers: list[Server]) -> None:
    names = Names("127.0.0.1", "203.0.113.9")
    found = repository(servers[0].port, names)
    for _ in range(2):
        with pytest.raises(NotFound):
            found.refs()
    assert names.asked == 1
    assert [host for _, host, _ in servers[0].asked] == [f"{_HOST}:{servers[0].port}"] * 2


def test_a_name_that_comes_to_mean_our_own_network_is_never_called(servers: list[Server]) -> None:
    found = repository(servers[0].port, Names("127.0.0.1"), scheme="https", private=False)
    with pytest.raises(InvalidRequest, match="private network"):
        found.refs()
    assert servers[0].asked == []


def test_a_redirect_on_the_same_host_is_followed(servers: list[Server]) -> None:
    servers[0].redirect("/a.git", "/new/a.git")
    with pytest.raises(NotFound):
        repository(servers[0].port, Names("127.0.0.1")).refs()
    assert [path for path, _, _ in servers[0].asked] == ["/a.git" + _REFS, "/new/a.git" + _REFS]
    assert [bool(credential) for _, _, credential in servers[0].asked] == [True, True]


def test_a_redirect_to_another_host_is_refused_and_gets_no_credential(
    servers: list[Server],
) -> None:
    first, second = servers
    for target in (f"http://{_HOST}:{second.port}/a.git", f"//127.0.0.1:{second.port}/a.git"):
        first.redirect("/a.git", target)
        with pytest.raises(UpstreamRejected, match="moved"):
            repository(first.port, Names("127.0.0.1")).refs()
    assert second.asked == []


def test_redirects_without_end_are_given_up(servers: list[Server]) -> None:
    servers[0].redirect("/a.git", "/a.git")
    with pytest.raises(UpstreamRejected):
        repository(servers[0].port, Names("127.0.0.1")).refs()
    assert len(servers[0].asked) == 4


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<html>sign in</html>"),
        ("text/plain", b"0" * 40 + b"\trefs/heads/main\n"),
        ("application/x-git-upload-pack-advertisement", b"what is this"),
        ("application/x-git-upload-pack-advertisement", b""),
    ],
)
def test_what_is_no_git_server_is_told_and_not_guessed_at(
    servers: list[Server], kind: str, body: bytes
) -> None:
    servers[0].answers["/a.git" + _REFS] = (200, {"Content-Type": kind}, body)
    with pytest.raises(NexusError):
        repository(servers[0].port, Names("127.0.0.1")).refs()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for the host and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_certificate_has_to_be_known_and_to_name_the_host(
    servers: list[Server], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = servers[0]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    names = Names("127.0.0.1")
    with pytest.raises(UpstreamRejected, match="certificate"):
        repository(server.port, names, scheme="https").refs()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    other = DulwichRepository(
        f"https://other.example.com:{server.port}/a.git",
        "",
        "token",
        allowed_hosts=("other.example.com",),
        allow_private=True,
        resolver=names,
    )
    with pytest.raises(UpstreamRejected, match="certificate"):
        other.refs()
    assert server.asked == []
    with pytest.raises(NotFound):
        repository(server.port, names, scheme="https").refs()
    assert len(server.asked) == 1
