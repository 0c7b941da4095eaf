"""TLS meets OpenSSL's s_server and s_client, nginx, curl and the standard library's ssl, both ways."""

from __future__ import annotations

import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.errors import Phase, Status
from netloom.links.authority import Authority
from tests.interop.http_peers import nginx
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop


class Town:
    """An authority, a certificate for loopback and a client's certificate, as files."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority.create()
        self.ca, self.cert, self.key = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
        self.client = folder / "client.pem"
        self.ca.write_bytes(self.authority.certificate_pem)
        server = self.authority.issue(["localhost", "127.0.0.1"])
        self.cert.write_bytes(server.cert_pem)
        self.key.write_bytes(server.key_pem)
        client = self.authority.issue(["ann"], client=True)
        self.client.write_bytes(client.cert_pem + client.key_pem)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.mark.meets(server="openssl s_server")
@pytest.mark.parametrize(("flag", "version"), [("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")])
def test_our_client_at_s_server(town: Town, tmp_path: Path, flag: str, version: str) -> None:
    port = free_port()
    command = [need("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert", town.cert]
    command += ["-key", town.key, flag, "-rev", "-alpn", "loom", "-quiet"]
    with running([str(part) for part in command], tmp_path / "log") as process:
        wait_for_port(process, tmp_path / "log", port)
        record = netloom.probe(f"tls://127.0.0.1:{port}#ca={town.ca},alpn=loom").one()
        assert record.status is Status.SUCCESS, record
        assert record.tls is not None
        assert (record.tls.version, record.tls.alpn, record.tls.verified) == (version, "loom", True)
        assert record.tls.chain[0].names == ["localhost", "127.0.0.1"]
        with netloom.connect(f"tls://127.0.0.1:{port}#ca={town.ca}") as stream:
            stream.write(b"netloom\n")
            assert stream.read_line() == b"moolten\n"


def test_s_server_wants_a_certificate(town: Town, tmp_path: Path) -> None:
    port = free_port()
    command = [need("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert", town.cert]
    command += ["-key", town.key, "-Verify", "1", "-CAfile", town.ca, "-verify_return_error", "-rev", "-quiet"]
    with running([str(part) for part in command], tmp_path / "log") as process:
        wait_for_port(process, tmp_path / "log", port)
        with netloom.connect(f"tls://127.0.0.1:{port}#ca={town.ca},cert={town.client}") as stream:
            stream.write(b"abc\n")
            assert stream.read_line() == b"cba\n"


@pytest.mark.meets(server="nginx")
def test_our_client_at_nginx(tmp_path: Path) -> None:
    with nginx(tmp_path) as place:
        record = netloom.probe(f"tls://127.0.0.1:{place.tls_port}#verify=no").one()
        assert record.status is Status.SUCCESS, record
        assert record.facts["version"] in ("TLS 1.2", "TLS 1.3")
        refused = netloom.probe(f"tls://127.0.0.1:{place.tls_port}").one()
        assert (refused.status, refused.phase) == (Status.TLS_ERROR, Phase.TLS)


@pytest.mark.meets(client="openssl s_client")
def test_our_server_and_s_client(town: Town) -> None:
    with (
        netloom.serve(f"tls://127.0.0.1:0#cert={town.cert},key={town.key}") as server,
        subprocess.Popen(
            [
                *(need("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{server.endpoint.port}"),
                *("-CAfile", town.ca, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"warp and weft\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"warp and weft\n"
        process.kill()


@pytest.mark.meets(client="ssl")
def test_our_server_and_the_standard_library(town: Town) -> None:
    context = ssl.create_default_context(cafile=str(town.ca))
    with (
        netloom.serve(f"tls://127.0.0.1:0#cert={town.cert},key={town.key}") as server,
        socket.create_connection(("127.0.0.1", server.endpoint.port or 0), 5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as peer,
    ):
        peer.sendall(b"x" * 50_000)
        heard = b""
        while len(heard) < 50_000:
            heard += peer.recv(65536)
        assert heard == b"x" * 50_000
        assert peer.version() == "TLSv1.3"


def test_our_server_lets_in_whom_it_knows(town: Town) -> None:
    options = f"cert={town.cert},key={town.key},client_ca={town.ca}"
    known = ssl.create_default_context(cafile=str(town.ca))
    known.load_cert_chain(town.client)
    with netloom.serve(f"tls://127.0.0.1:0#{options}") as server:
        place = ("127.0.0.1", server.endpoint.port or 0)
        with (
            socket.create_connection(place, 5) as plain,
            known.wrap_socket(plain, server_hostname="localhost") as peer,
        ):
            peer.sendall(b"ann")
            assert peer.recv(10) == b"ann"
        stranger = ssl.create_default_context(cafile=str(town.ca))
        with socket.create_connection(place, 5) as plain, pytest.raises(ssl.SSLError):
            greet(stranger, plain)


def greet(context: ssl.SSLContext, plain: socket.socket) -> None:
    """In TLS 1.3 a client hears at its first read that its certificate is no good."""
    with context.wrap_socket(plain, server_hostname="localhost") as peer:
        peer.sendall(b"eve")
        peer.recv(10)
