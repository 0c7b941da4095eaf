"""Sockets that were opened by somebody else: who gets which, and what is said about those that nobody wants."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.activation import Activated, passed
from netloom.links.system import SystemNetwork
from netloom.serving import Serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def opened(host: str = "127.0.0.1", kind: socket.SocketKind = socket.SOCK_STREAM, port: int = 0) -> socket.socket:
    """One as a service manager opens it."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    sock.setblocking(False)
    sock.bind((host, port))
    if kind == socket.SOCK_STREAM:
        sock.listen()
    return sock


async def test_a_stream_and_a_datagram_socket() -> None:
    stream, datagram = opened(), opened(kind=socket.SOCK_DGRAM)
    ports = stream.getsockname()[1], datagram.getsockname()[1]
    network = Activated(SystemNetwork(), [stream, datagram])
    targets = [Endpoint.parse(f"tcp://127.0.0.1:{ports[0]}"), Endpoint.parse(f"ntp://127.0.0.1:{ports[1]}")]
    async with Serving(targets, network=network) as serving:
        network.check()
        assert [endpoint.port for endpoint in serving.endpoints] == list(ports)
        for endpoint in serving.endpoints:
            assert (await netloom.probe(endpoint)).status is Status.SUCCESS


async def test_a_unix_socket_stays_where_it_is(tmp_path: Path) -> None:
    place = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.setblocking(False)
        sock.bind(str(place))
        sock.listen()
        network = Activated(SystemNetwork(), [sock])
        async with Serving([Endpoint.parse(f"unix://{place}")], network=network) as serving:
            assert (await netloom.probe(serving.endpoint)).status is Status.SUCCESS
        assert place.is_socket()


async def test_one_for_both_families() -> None:
    sock = socket.socket(socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setblocking(False)
    sock.bind(("::", 0))
    sock.listen()
    port = sock.getsockname()[1]
    network = Activated(SystemNetwork(), [sock])
    async with Serving([Endpoint.parse(f"tcp://*:{port}")], network=network):
        network.check()
        for host in ("127.0.0.1", "[::1]"):
            assert (await netloom.probe(f"tcp://{host}:{port}")).status is Status.SUCCESS


async def test_others_are_bound_as_ever() -> None:
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], network=Activated(SystemNetwork(), [])) as serving:
        assert (await netloom.probe(serving.endpoint)).status is Status.SUCCESS


def test_one_that_nobody_wants_is_named() -> None:
    with opened() as sock:
        network = Activated(SystemNetwork(), [sock])
        with pytest.raises(UsageError, match=f"127.0.0.1:{sock.getsockname()[1]}"):
            network.check()


class TestEnvironment:
    def test_nothing_was_passed(self) -> None:
        assert passed({}) == []

    def test_what_is_for_another_process(self) -> None:
        environment = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDNAMES": "a"}
        assert passed(environment) == []
        assert environment == {}

    @pytest.mark.parametrize("count", ["x", "-1", "9999999999", "1025"])
    def test_what_is_no_number(self, count: str) -> None:
        with pytest.raises(UsageError, match="LISTEN_FDS"):
            passed({"LISTEN_FDS": count, "LISTEN_PID": str(os.getpid())})
