"""Each socket option by name, read back from the kernel: as option of a URL, beside it and as argument; both sides."""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import CapabilityError, UsageError
from netloom.links import sockets
from netloom.links.options import LinkOptions
from netloom.options import split
from netloom.serving import Serving
from tests.worlds import LOOPS, on_loop

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the options' constants are Linux's"),
    pytest.mark.usefixtures("leaves_nothing"),
]

IP, IP6, TCP, SOL = socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.IPPROTO_TCP, socket.SOL_SOCKET


def number(level: int, name: int) -> Any:
    return lambda sock: sock.getsockopt(level, name)


def linger(sock: Any) -> tuple[int, ...]:
    return struct.unpack("ii", sock.getsockopt(SOL, socket.SO_LINGER, 8))


def text(level: int, name: int) -> Any:
    return lambda sock: sock.getsockopt(level, name, 32).split(b"\0")[0].decode()


# scheme of the network, options, how to read back, what is there then
STREAM = [
    ("nodelay=no", number(TCP, socket.TCP_NODELAY), 0),
    ("nodelay", number(TCP, socket.TCP_NODELAY), 1),
    ("keepalive", number(SOL, socket.SO_KEEPALIVE), 1),
    ("keepalive_idle=77", number(TCP, socket.TCP_KEEPIDLE), 77),
    ("keepalive_idle=77", number(SOL, socket.SO_KEEPALIVE), 1),
    ("keepalive_interval=11", number(TCP, socket.TCP_KEEPINTVL), 11),
    ("keepalive_count=5", number(TCP, socket.TCP_KEEPCNT), 5),
    ("keepalive=no,keepalive_count=5", number(SOL, socket.SO_KEEPALIVE), 0),
    ("reuseaddr", number(SOL, socket.SO_REUSEADDR), 1),
    ("reuseport", number(SOL, socket.SO_REUSEPORT), 1),
    ("rcvbuf=20000", number(SOL, socket.SO_RCVBUF), 40000),  # socket(7): the kernel doubles both
    ("sndbuf=30000", number(SOL, socket.SO_SNDBUF), 60000),
    ("tos=16", number(IP, socket.IP_TOS), 16),
    ("dscp=46", number(IP, socket.IP_TOS), 46 << 2),
    ("ttl=9", number(IP, socket.IP_TTL), 9),
    ("device=lo", text(SOL, socket.SO_BINDTODEVICE), "lo"),
    ("linger=4", linger, (1, 4)),
    ("congestion=reno", text(TCP, socket.TCP_CONGESTION), "reno"),
    ("user_timeout=1234", number(TCP, socket.TCP_USER_TIMEOUT), 1234),
]
V6 = [
    ("tos=16", number(IP6, socket.IPV6_TCLASS), 16),
    ("dscp=46", number(IP6, socket.IPV6_TCLASS), 46 << 2),
    ("ttl=9", number(IP6, socket.IPV6_UNICAST_HOPS), 9),
]
DATAGRAM = [
    ("reuseaddr", number(SOL, socket.SO_REUSEADDR), 1),
    ("reuseport", number(SOL, socket.SO_REUSEPORT), 1),
    ("rcvbuf=20000", number(SOL, socket.SO_RCVBUF), 40000),
    ("sndbuf=30000", number(SOL, socket.SO_SNDBUF), 60000),
    ("tos=16", number(IP, socket.IP_TOS), 16),
    ("dscp=46", number(IP, socket.IP_TOS), 46 << 2),
    ("ttl=9", number(IP, socket.IP_TTL), 9),
    ("device=lo", text(SOL, socket.SO_BINDTODEVICE), "lo"),
    ("broadcast", number(SOL, socket.SO_BROADCAST), 1),
    ("multicast_ttl=7", number(IP, socket.IP_MULTICAST_TTL), 7),
    ("multicast_loop=no", number(IP, socket.IP_MULTICAST_LOOP), 0),
]
DATAGRAM_V6 = [
    ("multicast_ttl=7", number(IP6, socket.IPV6_MULTICAST_HOPS), 7),
    ("multicast_loop=no", number(IP6, socket.IPV6_MULTICAST_LOOP), 0),
]
LOCAL = [
    ("rcvbuf=20000", number(SOL, socket.SO_RCVBUF), 40000),
    ("sndbuf=30000", number(SOL, socket.SO_SNDBUF), 60000),
    ("keepalive", number(SOL, socket.SO_KEEPALIVE), 1),
    ("linger=4", linger, (1, 4)),
    ("reuseaddr", number(SOL, socket.SO_REUSEADDR), 1),
]


def places(tmp_path: Path) -> dict[str, str]:
    return {
        "tcp": "tcp://127.0.0.1:0",
        "tcp6": "tcp://[::1]:0",
        "udp": "udp://127.0.0.1:0",
        "udp6": "udp://[::1]:0",
        "unix": f"unix://{tmp_path}/s",
    }


CLIENTS = [
    *(("tcp", *row) for row in STREAM),
    *(("tcp6", *row) for row in V6),
    *(("udp", *row) for row in DATAGRAM),
    *(("udp6", *row) for row in DATAGRAM_V6),
    *(("unix", *row) for row in LOCAL),
]
SERVERS = [  # what matters for binding isn't handed down to accepted connections
    *(("tcp", *row) for row in STREAM if "reuse" not in row[0]),
    *(("tcp6", *row) for row in V6),
    *(("unix", *row) for row in LOCAL if "reuse" not in row[0]),
]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", ["url", "argument"])
@pytest.mark.parametrize(
    ("network", "options", "read", "expected"), CLIENTS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_client_has_it(
    network: str, options: str, read: Any, expected: Any, way: str, loop: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with Serving([Endpoint.parse(places(tmp_path)[network])]) as serving:
            if way == "url":
                client = netloom.connect(f"{serving.endpoint}#{options}")
            else:
                pairs = (pair.partition("=") for pair in options.split(","))
                given: dict[str, Any] = {name: value or True for name, _, value in pairs}
                client = netloom.connect(str(serving.endpoint), **given)
            async with client as link:
                await link.write(b"x")
                assert await link.read() == b"x"
                assert read(link.info("socket")) == expected

    on_loop(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("network", "options", "read", "expected"), SERVERS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_an_accepted_connection_has_it(
    network: str, options: str, read: Any, expected: Any, loop: str, tmp_path: Path
) -> None:
    seen = []

    async def look(link: Any) -> None:
        seen.append(read(link.info("socket")))
        await link.write(await link.read())

    async def main() -> None:
        target = Endpoint.parse(f"{places(tmp_path)[network]}#{options}")
        async with Serving([target], [Handler(look)]) as serving, netloom.connect(serving.endpoint) as link:
            await link.write(b"x")
            assert await link.read() == b"x"

    on_loop(loop, main())
    assert seen == [expected]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("options", "read", "expected"), DATAGRAM, ids=lambda v: v if isinstance(v, str) else "")
def test_a_bound_datagram_socket_has_it(options: str, read: Any, expected: Any, loop: str) -> None:
    seen = []

    async def look(link: Any) -> None:
        seen.append(read(link.info("socket")))
        data, peer = await link.receive_from()
        await link.send(data, peer)

    async def main() -> None:
        target = Endpoint.parse(f"udp://127.0.0.1:0#{options}")
        async with Serving([target], [Handler(look)]) as serving, netloom.connect(serving.endpoint) as link:
            await link.write(b"x")
            assert await link.read() == b"x"

    on_loop(loop, main())
    assert seen == [expected]


async def test_connecting_with_fast_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel forgets TCP_FASTOPEN_CONNECT once it has connected: it is read back before."""
    seen = []
    apply = sockets.apply

    def look(sock: socket.socket, options: LinkOptions, **fields: Any) -> None:
        apply(sock, options, **fields)
        seen.append(sock.getsockopt(TCP, 30))  # TCP_FASTOPEN_CONNECT

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")]) as serving:
        monkeypatch.setattr(sockets, "apply", look)
        async with netloom.connect(f"{serving.endpoint}#fastopen") as link:
            await link.write(b"x")
            assert await link.read() == b"x"
    assert seen == [1]


@pytest.mark.parametrize("loop", LOOPS)
def test_listening_with_fast_open(loop: str) -> None:
    async def main() -> None:
        target = Endpoint.parse("tcp://127.0.0.1:0#fastopen")
        async with Serving([target]) as serving:
            (listener,) = serving._listeners
            (listening,) = listener._listening
            (sock,) = listening._server.sockets  # type: ignore[attr-defined]  # the system's
            assert sock.getsockopt(TCP, socket.TCP_FASTOPEN) > 0

    on_loop(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_bind(scheme: str, loop: str) -> None:
    async def main() -> None:
        async with Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0")]) as serving:
            async with netloom.connect(serving.endpoint, bind="127.0.0.9") as link:
                assert link.info("sockname")[0] == "127.0.0.9"
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                port = sock.getsockname()[1]
            async with netloom.connect(serving.endpoint, bind=f"127.0.0.1:{port}", reuseaddr=True) as link:
                assert link.info("sockname") == ("127.0.0.1", port)

    on_loop(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
def test_multicast_group(loop: str) -> None:
    heard = []

    async def listen(link: Any) -> None:
        data, _ = await link.receive_from()
        heard.append(data)

    async def main() -> None:
        async with Serving([Endpoint.parse("udp://*:0#multicast_group=239.1.2.3%lo")], [Handler(listen)]) as serving:
            (endpoint,) = serving.endpoints
            (task,) = serving._listeners[0].connections
            options = "multicast_loop,multicast_ttl=0,bind=127.0.0.1"
            async with netloom.connect(f"udp://239.1.2.3:{endpoint.port}#{options}") as link:
                await link.write(b"to all")
                await task

    on_loop(loop, main())
    assert heard == [b"to all"]


async def test_multicast_group_of_ipv6() -> None:
    """Loopback has no route to IPv6 groups, so only the membership is looked at."""
    member = "lo              ff120000000000000000000000004321"

    async with Serving([Endpoint.parse("udp://*:0#multicast_group=ff12::4321%lo")]) as serving:
        assert [endpoint.host for endpoint in serving.endpoints] == ["::"]
        assert member in Path("/proc/net/igmp6").read_text()
    assert member not in Path("/proc/net/igmp6").read_text()


WRONG = [
    ("udp://127.0.0.1:9#nodelay", "nodelay is no option of UDP"),
    ("udp://127.0.0.1:9#congestion=reno", "congestion is no option of UDP"),
    ("tcp://127.0.0.1:9#broadcast", "broadcast is no option of TCP"),
    ("tcp://127.0.0.1:9#multicast_ttl=3", "multicast_ttl is no option of TCP"),
    ("tcp://127.0.0.1:9#multicast_group=239.1.2.3", "multicast_group is for listening on UDP"),
    ("udp://127.0.0.1:9#multicast_group=239.1.2.3", "multicast_group is for listening on UDP"),
    ("unix:///nowhere#nodelay", "nodelay is no option of a Unix socket"),
    ("unix:///nowhere#ttl=3", "ttl is no option of a Unix socket"),
    ("unix:///nowhere#user_timeout=3", "user_timeout is no option of a Unix socket"),
    ("tcp://127.0.0.1:9#congestion=hubla", "the kernel refuses congestion=hubla"),
    ("tcp://127.0.0.1:9#device=hubla0", "the kernel refuses device=hubla0"),
    ("tcp://127.0.0.1:9#rcvbuf=1099511627776", "option rcvbuf: a whole number from 1 to 2147483647 is expected"),
    ("tcp://127.0.0.1:9#ttl=0", "option ttl: a whole number from 1 to 255 is expected"),
    ("tcp://127.0.0.1:9#ttl=256", "option ttl: a whole number from 1 to 255 is expected"),
    ("tcp://127.0.0.1:9#dscp=64", "option dscp: a whole number from 0 to 63 is expected"),
    ("tcp://127.0.0.1:9#nodelay=perhaps", "option nodelay: "),
    ("tcp://127.0.0.1:9#rcvbuf=x", "option rcvbuf: a whole number"),
    ("tcp://127.0.0.1:9#rcvbuf=1,rcvbuf=2", "option 'rcvbuf' is given twice"),
    ("tcp://127.0.0.1:9#keepaliv", "'keepaliv' is no option here"),
    ("tcp://127.0.0.1:9#bind=nonsense", "an address of this machine is expected"),
    ("tcp://127.0.0.1:9#bind=127.0.0.1:x", "ADDRESS or ADDRESS:PORT is expected"),
]


@pytest.mark.parametrize(("where", "words"), WRONG, ids=[row[0].split("#")[1] + row[0][:3] for row in WRONG])
def test_a_wrong_one_is_the_callers_mistake(where: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        netloom.probe(where, deadline=5).one()
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("tcp://127.0.0.1:0#bind=127.0.0.1", "bind is the address to speak from"),
        ("udp://127.0.0.1:0#bind=127.0.0.1", "bind is the address to speak from"),
        ("tcp://127.0.0.1:0#multicast_group=239.1.2.3", "multicast_group is for listening on UDP"),
        ("udp://127.0.0.1:0#multicast_group=10.1.2.3", "multicast_group=10.1.2.3"),
        ("udp://*:0#multicast_group=nonsense", "multicast_group=nonsense"),
        ("udp://127.0.0.1:0#nodelay", "nodelay is no option of UDP"),
        ("unix:///nowhere/s#nodelay", "nodelay is no option of a Unix socket"),
    ],
)
async def test_a_wrong_one_of_a_server(where: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        await Serving([Endpoint.parse(where)]).start()
    assert words in caught.value.message


async def test_bind_to_an_address_that_is_not_ours() -> None:
    found = await netloom.probe("tcp://127.0.0.1:9#bind=192.0.2.1")
    assert found.status == "unreachable"
    found = await netloom.probe("tcp://127.0.0.1:9#bind=::1")
    assert found.status == "unreachable"


def test_a_missing_privilege_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    class Refusing(socket.socket):
        setsockopt = refuse

    with Refusing() as sock, pytest.raises(CapabilityError, match="privilege"):
        sockets.apply(sock, LinkOptions(ttl=3))


def test_every_option_is_tried_here() -> None:
    """A new socket option has to be read back, too."""
    tried = {pair.partition("=")[0] for row in STREAM + DATAGRAM for pair in row[0].split(",")}
    assert tried | {"fastopen"} == set(sockets.NAMES)


def test_names_are_those_of_the_options() -> None:
    assert set(sockets.NAMES) <= set(LinkOptions.__struct_fields__)
    link, _ = split(Endpoint.parse("tcp://h#keepalive-idle=3"), LinkOptions)
    assert isinstance(link, LinkOptions)
