"""Failures are exact: each gives its status, its phase and what to try, by its deadline, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netloom.attempts import IDLE
from netloom.contents.app import App
from netloom.contents.clock import Clock
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from netloom.serving import Serving
from netloom.wire import ntp
from tests.worlds import Certificates, RealSteppingLoop, cancel_everywhere, elapsed, record, records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from netloom.links.datagrams import Datagrams
    from netloom.links.network import Network
    from netloom.links.stream import Stream

DEADLINE = 7.0
HOST, PORT = "127.0.0.1", 4242


class Failure(msgspec.Struct, frozen=True):
    """How an attempt has to end. `message` and `hint` are parts of the record's; `takes` is None for at once."""

    status: Status
    phase: Phase
    message: str = ""
    hint: str = ""
    takes: float = 0.0


class Asking(msgspec.Struct, frozen=True):
    """How a protocol is asked for an answer: a scheme, an operation with its arguments, and options of the URL."""

    scheme: str
    operation: str
    arguments: tuple[Any, ...] = ()
    options: str = ""


TCP_LINE = Asking("tcp", "send", ("hello\n",), "reply=line")
TCP_BANNER = Asking("tcp", "probe", (), "banner")
TLS_LINE = Asking("tls", "send", ("hello\n",), "reply=line")
TLS_BANNER = Asking("tls", "probe", (), "banner")
NTP_GET = Asking("ntp", "get")
NTP_PROBE = Asking("ntp", "probe")
WHOIS_GET = Asking("whois", "get", (), "query=x")
RDAP_PROBE = Asking("rdap", "probe")
# Another protocol adds its ways of asking here; what its peers do to it stands in one table for all.
STREAMS = (TCP_LINE, TCP_BANNER, TLS_LINE, TLS_BANNER, WHOIS_GET, RDAP_PROBE)
DATAGRAMS = (NTP_GET, NTP_PROBE)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def named(value: Any) -> str:
    """What a case is called."""
    if isinstance(value, Asking):
        return f"{value.scheme}-{value.operation}"
    return "" if isinstance(value, Failure) else getattr(value, "__name__", str(value))


def url(asking: Asking, host: str = HOST, port: int = PORT, options: str = "") -> str:
    """The endpoint to ask; TLS trusts nobody but whom `options` says."""
    given = ",".join(part for part in (asking.options, options) if part)
    return f"{asking.scheme}://{host}:{port}{'#' + given if given else ''}"


async def ask(network: Network | None, asking: Asking, where: str, deadline: float = DEADLINE) -> Any:
    return await record(network, asking.operation, where, *asking.arguments, deadline=deadline)


def check(found: Any, expected: Failure, took: float | None = None) -> None:
    assert (found.status, found.phase) == (expected.status, expected.phase), found.message
    assert expected.message in found.message
    assert expected.hint in found.hint
    assert found.hint, f"{found.status} in phase {found.phase} leaves one without anything to try"
    assert not hasattr(found, "value") or found.value is None
    if took is not None:
        assert took == pytest.approx(expected.takes)
        assert found.duration == pytest.approx(expected.takes)
        assert sum(found.phases.values()) == pytest.approx(found.duration)


# What peers do


async def silent(link: Stream) -> None:
    """Reads, and says nothing."""
    while await link.read():
        pass
    await asyncio.get_running_loop().create_future()


async def drip(link: Stream) -> None:
    """A byte a second."""
    while True:
        await link.write(b"x")
        await asyncio.sleep(1)


async def endless(link: Stream) -> None:
    """Never ends what it began."""
    while True:
        await link.write(b"x" * 4096)


async def middle(link: Stream) -> None:
    """Begins an answer and goes."""
    await link.write(b"half an ans")
    await link.read()


async def gone(link: Stream) -> None:
    """Goes without a word."""


async def reset(link: Stream) -> None:
    """Breaks off in the middle."""
    await link.write(b"half an ans")
    await link.read()
    link.abort()


@contextlib.asynccontextmanager
async def peer(network: Network | None, scheme: str, handle: Callable[[Any], Awaitable[None]], cert: str = "") -> Any:
    """A server of ours whose connections are handled so; gives its port."""
    extra = f"#cert={cert}" if cert else ""
    port = PORT if network is not None else 0
    target = Endpoint.parse(f"{scheme}://{HOST}:{port}{extra}")
    serving = Serving([target], [Handler(handle)], network=network)
    try:
        await serving.start()
        yield serving.endpoint.port
    finally:
        await serving.stop(0)


async def met(
    asking: Asking, handle: Callable[[Any], Awaitable[None]], certificates: Certificates
) -> tuple[Any, float]:
    """Ask a peer in memory; gives the record and how long it took on the virtual clock."""
    network = MemoryNetwork()
    secure = asking.scheme == "tls"
    async with peer(network, "tls" if secure else "tcp", handle, certificates.good if secure else ""):
        before = elapsed()
        found = await ask(network, asking, url(asking, options=f"ca={certificates.ca}" if secure else ""))
        return found, elapsed() - before


LINE = [asking for asking in STREAMS if asking.operation == "send"]
STREAM_FAILURES: list[tuple[Asking, Callable[[Any], Awaitable[None]], Failure]] = [
    *((a, silent, Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "within 7 s", "right protocol", DEADLINE)) for a in LINE),
    *((a, drip, Failure(Status.TIMEOUT, Phase.TRANSFER, "whole answer within 7 s", "stuck", DEADLINE)) for a in LINE),
    *((a, endless, Failure(Status.PROTOCOL_ERROR, Phase.TRANSFER, "expected within", "")) for a in LINE),
    *((a, middle, Failure(Status.CLOSED, Phase.TRANSFER, "11 bytes", "its log")) for a in LINE),
    *((a, gone, Failure(Status.CLOSED, Phase.FIRST_BYTE, "closed the connection", "its log")) for a in LINE),
    *((a, reset, Failure(Status.CLOSED, Phase.TRANSFER, "reset", "its log")) for a in LINE),
    *(
        (a, silent, Failure(Status.TIMEOUT, Phase.GREETING, "within 7 s", "says nothing", DEADLINE))
        for a in STREAMS
        if "banner" in a.options
    ),
    # An answer of WHOIS ends where the connection does: there is no middle of it.
    (WHOIS_GET, silent, Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "within 7 s", "right protocol", DEADLINE)),
    (WHOIS_GET, drip, Failure(Status.TIMEOUT, Phase.TRANSFER, "whole answer within 7 s", "stuck", DEADLINE)),
    (WHOIS_GET, endless, Failure(Status.PROTOCOL_ERROR, Phase.TRANSFER, "larger than 1048576 bytes", "max_size")),
    (WHOIS_GET, gone, Failure(Status.CLOSED, Phase.FIRST_BYTE, "", "its log")),
    (WHOIS_GET, reset, Failure(Status.CLOSED, Phase.TRANSFER, "reset", "its log")),
]
ICMP_FAILURES = {
    "unresolvable": Failure(Status.RESOLVE_ERROR, Phase.RESOLVE, "nowhere.test has no address", "spelt"),
    "nobody": Failure(Status.UNREACHABLE, Phase.TRANSFER, "127.0.0.1 says: host unreachable", "does it run"),
    "silent": Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "no answer from 127.0.0.1 within 3 s", "firewall", 3.0),
    "deadline": Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "asked, then silence", "firewall", DEADLINE),
}


@pytest.mark.usefixtures("leaves_nothing")
class TestOnTheVirtualClock:
    @pytest.mark.parametrize("asking", [*STREAMS, NTP_GET, NTP_PROBE], ids=named)
    def test_refused(self, asking: Asking) -> None:
        async def main() -> None:
            found = await ask(MemoryNetwork(), asking, url(asking))
            # A datagram has to be sent before anybody can refuse it.
            phase = Phase.FIRST_BYTE if asking in DATAGRAMS else Phase.CONNECT
            check(found, Failure(Status.REFUSED, phase, f"{HOST}:{PORT} refused", f"is {PORT} its port?"), elapsed())
            if asking in STREAMS:
                (tried,) = found.addresses
                assert (tried.address, tried.port, tried.family, tried.fate) == (HOST, PORT, "ipv4", Status.REFUSED)

        virtual(main())

    @pytest.mark.parametrize("asking", [*STREAMS, NTP_GET, NTP_PROBE], ids=named)
    def test_silent_port(self, asking: Asking) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.silent.add((HOST, PORT))
            found = await ask(network, asking, url(asking))
            if asking in DATAGRAMS:
                expected = Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "asked, then silence", "firewall", DEADLINE)
            else:
                expected = Failure(Status.TIMEOUT, Phase.CONNECT, "no connection within 7 s", "firewall", DEADLINE)
                assert [tried.fate for tried in found.addresses] == [Status.TIMEOUT]
            check(found, expected, elapsed())

        virtual(main())

    @pytest.mark.parametrize("asking", [*STREAMS, NTP_GET, NTP_PROBE], ids=named)
    def test_unresolvable(self, asking: Asking) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.resolve_delay = 0.5
            found = await ask(network, asking, url(asking, "nowhere.test"))
            expected = Failure(Status.RESOLVE_ERROR, Phase.RESOLVE, "nowhere.test has no address", "spelt", 0.5)
            check(found, expected, elapsed())

        virtual(main())

    @pytest.mark.parametrize("asking", [*STREAMS, NTP_GET, NTP_PROBE], ids=named)
    def test_silent_resolver(self, asking: Asking) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.resolve_delay = 60
            found = await ask(network, asking, url(asking, "slow.test"))
            check(
                found, Failure(Status.TIMEOUT, Phase.RESOLVE, "no address within 7 s", "resolver", DEADLINE), elapsed()
            )

        virtual(main())

    @pytest.mark.parametrize("operation", ["probe", "get", "send"])
    @pytest.mark.parametrize("case", ICMP_FAILURES)
    def test_icmp(self, case: str, operation: str) -> None:
        """It has no ports, and ends by its own patience or by the deadline."""

        async def main() -> None:
            network = MemoryNetwork()
            if case in ("silent", "deadline"):
                network.silent.add((HOST, 0))
            options = "count=1,wait=60" if case == "deadline" else "count=1,wait=3"
            where = f"icmp://{'nowhere.test' if case == 'unresolvable' else HOST}#{options}"
            found = await ask(network, Asking("icmp", operation, ("x",) if operation == "send" else ()), where)
            check(found, ICMP_FAILURES[case], elapsed())

        virtual(main())

    @pytest.mark.parametrize(
        ("asking", "handle", "expected"),
        STREAM_FAILURES,
        ids=[f"{named(asking)}-{handle.__name__}" for asking, handle, _ in STREAM_FAILURES],
    )
    def test_a_peer_that(
        self,
        asking: Asking,
        handle: Callable[[Any], Awaitable[None]],
        expected: Failure,
        certificates: Certificates,
    ) -> None:
        found, took = virtual(met(asking, handle, certificates))
        check(found, expected, took)

    def test_one_that_never_stops_is_bounded_where_the_whole_is_asked_for(self, certificates: Certificates) -> None:
        """Nothing but the size of a record ends it: each byte is within `idle`."""

        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tcp", _endless_in_big_pieces):
                found = await record(network, "send", f"tcp://{HOST}:{PORT}#reply=all", "x", deadline=DEADLINE)
            assert (found.status, found.phase) == (Status.PROTOCOL_ERROR, Phase.TRANSFER)
            assert "larger than 67108864 bytes" in found.message
            assert found.body is None

        virtual(main())

    def test_silence_in_the_middle_of_the_whole_is_bounded_by_idle(self) -> None:
        async def half(link: Stream) -> None:
            await link.write(b"half")
            await silent(link)

        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tcp", half):
                found = await record(network, "send", f"tcp://{HOST}:{PORT}#reply=all,idle=3", "x", deadline=DEADLINE)
                expected = Failure(Status.TIMEOUT, Phase.TRANSFER, "silence for 3 s", "")
                assert (found.status, found.phase) == (expected.status, expected.phase)
                assert expected.message in found.message
                assert elapsed() == pytest.approx(3.0)

        virtual(main())

    @pytest.mark.parametrize("version", ["1.1", "2-prior"])
    @pytest.mark.parametrize(("options", "seconds"), [("", IDLE), (",idle=3", 3.0)])
    def test_an_answer_that_stalls_is_bounded_by_idle(self, version: str, options: str, seconds: float) -> None:
        async def stalls(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                raise NotImplementedError
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            await asyncio.Event().wait()

        async def main() -> None:
            network = MemoryNetwork()
            place = f"http://{HOST}:{PORT}"
            async with Serving([Endpoint.parse(f"{place}#idle=1000")], [App(stalls, "asgi")], network=network):
                found = await record(network, "get", f"{place}/#version={version}{options}", deadline=DEADLINE)
                took = elapsed()
            assert (found.status, found.phase) == (Status.TIMEOUT, Phase.TRANSFER)
            assert f"silence for {seconds:g} s" in found.message
            assert took == pytest.approx(seconds, abs=0.1)

        virtual(main())

    def test_a_silent_peer_of_the_whole_is_bounded_by_the_deadline(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tcp", silent):
                found = await record(network, "send", f"tcp://{HOST}:{PORT}#reply=all", "x", deadline=DEADLINE)
                check(found, Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "7 s", "says nothing", DEADLINE), elapsed())

        virtual(main())


async def _endless_in_big_pieces(link: Stream) -> None:
    while True:
        await link.write(b"x" * 2**20)


def garbage(data: bytes) -> bytes | None:
    return b"what time is it"


def kiss(data: bytes) -> bytes | None:
    """RFC 5905 §7.4: go away."""
    asked = ntp.parse(data)
    return bytes([0b11_100_100, 0, 0, 0]) + bytes(8) + b"RATE" + bytes(8) + struct.pack("!QQQ", asked.transmit, 1, 1)


def forged(data: bytes) -> bytes | None:
    """Somebody who doesn't see what we ask answers."""
    asked = ntp.parse(data)
    source = ntp.Source(stratum=1, reference_id=b"GPS\0", reference=1, leap=0, precision=-20)
    answer = ntp.emit(ntp.response(asked, source, 1 << 32, 1 << 32))
    return answer[:24] + bytes(8) + answer[32:]


DATAGRAM_FAILURES = [
    (garbage, Failure(Status.PROTOCOL_ERROR, Phase.TRANSFER, "", "right protocol")),
    (kiss, Failure(Status.REFUSED_BY_PEER, Phase.TRANSFER, "RATE", "")),
    (forged, Failure(Status.TIMEOUT, Phase.TRANSFER, "within 7 s", "stuck", DEADLINE)),
]


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("asking", DATAGRAMS, ids=named)
@pytest.mark.parametrize(("answer", "expected"), DATAGRAM_FAILURES, ids=[f[0].__name__ for f in DATAGRAM_FAILURES])
def test_datagrams(asking: Asking, answer: Callable[[bytes], bytes | None], expected: Failure) -> None:
    async def handle(link: Datagrams) -> None:
        while True:
            data, peer = await link.receive_from()
            said = answer(data)
            if said is not None:
                await link.send(said, peer)

    async def main() -> None:
        network = MemoryNetwork()
        async with peer(network, "udp", handle):
            found = await ask(network, asking, url(asking))
            assert (found.status, found.phase) == (expected.status, expected.phase), found
            assert expected.message in found.message
            assert expected.hint in found.hint
            assert elapsed() == pytest.approx(expected.takes)

    virtual(main())


CERTIFICATES = [
    ("expired", "certificate expired 3 days ago", "#verify=no"),
    ("early", "certificate isn't valid before", "clock"),
    ("wrong_name", "certificate is for elsewhere.example, not for localhost", "right host?"),
    ("self_signed", "certificate is self-signed", "#ca=FILE"),
    ("unknown_issuer", "issued by CN=unknown authority, whom this system doesn't trust", "#ca=FILE"),
]


@pytest.mark.usefixtures("leaves_nothing")
class TestTLS:
    @pytest.mark.parametrize("asking", [TLS_LINE, TLS_BANNER, Asking("tls", "probe")], ids=named)
    @pytest.mark.parametrize(("flaw", "message", "hint"), CERTIFICATES, ids=[row[0] for row in CERTIFICATES])
    def test_certificates(self, asking: Asking, flaw: str, message: str, hint: str, certificates: Certificates) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tls", silent, getattr(certificates, flaw)):
                found = await ask(network, asking, url(asking, "localhost", options=f"ca={certificates.ca}"))
                check(found, Failure(Status.TLS_ERROR, Phase.TLS, message, hint), elapsed())
                assert found.tls is not None
                assert found.tls.chain, "what was shown is told even though it isn't believed"
                assert not found.tls.verified
                assert message.split(",", 1)[0] in found.tls.problem

        virtual(main())

    @pytest.mark.parametrize(("flaw", "message", "hint"), CERTIFICATES, ids=[row[0] for row in CERTIFICATES])
    def test_whoever_looks_anyway_is_told(self, flaw: str, message: str, hint: str, certificates: Certificates) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tls", silent, getattr(certificates, flaw)):
                where = url(Asking("tls", "probe"), "localhost", options=f"ca={certificates.ca},verify=no")
                found = await record(network, "probe", where, deadline=DEADLINE)
                assert found.status is Status.SUCCESS
                assert message in found.tls.problem
                assert not found.tls.verified
                assert message in found.facts["problem"]

        virtual(main())

    @pytest.mark.parametrize(
        ("handle", "expected"),
        [
            (silent, Failure(Status.TIMEOUT, Phase.TLS, "within 7 s", "speak TLS", DEADLINE)),
            (gone, Failure(Status.TLS_ERROR, Phase.TLS, "during the TLS handshake", "speak TLS")),
            (middle, Failure(Status.TLS_ERROR, Phase.TLS, '"half an ans"', "right protocol")),
            (drip, Failure(Status.TLS_ERROR, Phase.TLS, '"xxxxx"', "right protocol", 4.0)),
            (endless, Failure(Status.TLS_ERROR, Phase.TLS, "xxxx", "right protocol")),
        ],
        ids=named,
    )
    def test_to_a_plain_port(self, handle: Any, expected: Failure) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tcp", handle):
                found = await ask(network, TLS_LINE, url(TLS_LINE))
                check(found, expected, elapsed())

        virtual(main())

    @pytest.mark.parametrize(
        ("asking", "expected"),
        [
            (TCP_BANNER, Failure(Status.TIMEOUT, Phase.GREETING, "within 7 s", "says nothing", DEADLINE)),
            (TCP_LINE, Failure(Status.CLOSED, Phase.FIRST_BYTE, "closed the connection", "its log")),
        ],
        ids=named,
    )
    def test_plain_to_a_tls_port(self, asking: Asking, expected: Failure, certificates: Certificates) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with peer(network, "tls", silent, certificates.good):
                found = await ask(network, asking, url(asking))
                check(found, expected, elapsed())

        virtual(main())


async def _noon(link: Datagrams) -> None:
    """A clock that answers."""
    while True:
        data, peer = await link.receive_from()
        source = ntp.Source(stratum=1, reference_id=b"GPS\0", reference=1, leap=0, precision=-20)
        await link.send(ntp.emit(ntp.response(ntp.parse(data), source, Clock().ntp(), Clock().ntp())), peer)


async def _answers(link: Stream) -> None:
    while line := await link.read_line_or_rest():
        await link.write(b"you said " + line + b"\n")


class TestCancelled:
    """At every turn of the loop: no task, timer or connection is left."""

    @pytest.mark.parametrize("asking", [TCP_LINE, TLS_LINE, Asking("tls", "probe"), NTP_GET, NTP_PROBE], ids=named)
    @pytest.mark.parametrize("faults", ["", "fault=latency:0.2"], ids=["", "latency"])
    def test_at_every_turn(self, asking: Asking, faults: str, certificates: Certificates) -> None:
        handle: Any = _noon if asking in DATAGRAMS else _answers
        scheme = "udp" if asking in DATAGRAMS else asking.scheme
        secure = scheme == "tls"

        async def world() -> tuple[Awaitable[Any], Callable[[], Awaitable[None]]]:
            network = Watched()
            network.names["both.test"] = ["::1", HOST]
            stack = contextlib.AsyncExitStack()
            await stack.enter_async_context(peer(network, scheme, handle, certificates.good if secure else ""))
            options = ",".join(filter(None, [faults, f"ca={certificates.ca},sni=localhost" if secure else ""]))
            where = url(asking, "both.test", options=options)
            work = record(network, asking.operation, where, *asking.arguments, deadline=DEADLINE)

            async def check() -> None:
                for _ in range(8):
                    await asyncio.sleep(0)
                assert not [t for t in network.opened if not t.is_closing()]
                await stack.aclose()
                assert not network.listeners
                assert not network.sockets

            return work, check

        turns = cancel_everywhere(world)
        assert turns > 5

    @pytest.mark.usefixtures("leaves_nothing")
    @pytest.mark.parametrize("asking", [TCP_LINE, TLS_LINE, NTP_GET], ids=named)
    def test_at_every_turn_on_real_sockets(self, asking: Asking, certificates: Certificates) -> None:
        handle: Any = _noon if asking in DATAGRAMS else _answers
        scheme = "udp" if asking in DATAGRAMS else asking.scheme

        async def world() -> tuple[Awaitable[Any], Callable[[], Awaitable[None]]]:
            stack = contextlib.AsyncExitStack()
            secure = scheme == "tls"
            port = await stack.enter_async_context(peer(None, scheme, handle, certificates.good if secure else ""))
            where = url(asking, "localhost", port, f"family=4,ca={certificates.ca}" if secure else "family=4")
            return record(None, asking.operation, where, *asking.arguments, deadline=30), stack.aclose

        assert cancel_everywhere(world, RealSteppingLoop) > 5


class Watched(MemoryNetwork):
    """Remembers what was opened by clients."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Any] = []

    async def connect(self, *args: Any) -> Any:
        made = await super().connect(*args)
        self.opened.append(made)
        return made

    async def datagrams(self, remote: Any, *args: Any) -> Any:
        made = await super().datagrams(remote, *args)
        if remote is not None:
            self.opened.append(made)
        return made


# A sample on real sockets: behaviour only, with a generous bound


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port that answers no SYN: its queue of one is full and nobody accepts."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((HOST, 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((HOST, port))
        yield port


@pytest.mark.usefixtures("leaves_nothing")
class TestOnRealSockets:
    @pytest.mark.parametrize("asking", [TCP_LINE, TLS_LINE, NTP_GET], ids=named)
    async def test_refused(self, asking: Asking) -> None:
        kind = socket.SOCK_DGRAM if asking in DATAGRAMS else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.bind((HOST, 0))
            port = sock.getsockname()[1]
        found = await ask(None, asking, url(asking, port=port))
        assert found.status is Status.REFUSED
        assert f"{HOST}:{port} refused" in found.message

    @pytest.mark.parametrize("asking", [TCP_LINE, TLS_LINE], ids=named)
    async def test_silent_port(self, asking: Asking) -> None:
        with full_backlog() as port:
            found = await ask(None, asking, url(asking, port=port), deadline=0.5)
        check(found, Failure(Status.TIMEOUT, Phase.CONNECT, "within 0.5 s", "firewall"))

    async def test_unresolvable(self) -> None:
        found = await ask(None, TCP_LINE, url(TCP_LINE, "nowhere.invalid"))
        assert (found.status, found.phase) == (Status.RESOLVE_ERROR, Phase.RESOLVE)
        assert found.hint

    @pytest.mark.parametrize("asking", LINE, ids=named)
    @pytest.mark.parametrize(
        ("handle", "expected"),
        [
            (silent, Failure(Status.TIMEOUT, Phase.FIRST_BYTE, "within 0.5 s", "says nothing")),
            (endless, Failure(Status.PROTOCOL_ERROR, Phase.TRANSFER, "expected within", "")),
            (middle, Failure(Status.CLOSED, Phase.TRANSFER, "11 bytes", "its log")),
            (gone, Failure(Status.CLOSED, Phase.FIRST_BYTE, "", "its log")),
            (reset, Failure(Status.CLOSED, Phase.TRANSFER, "", "its log")),
        ],
        ids=["silent", "endless", "middle", "gone", "reset"],
    )
    async def test_a_peer_that(
        self, asking: Asking, handle: Any, expected: Failure, certificates: Certificates
    ) -> None:
        secure = asking.scheme == "tls"
        async with peer(None, asking.scheme, handle, certificates.good if secure else "") as port:
            where = url(asking, port=port, options=f"ca={certificates.ca}" if secure else "")
            found = await ask(None, asking, where, deadline=0.5 if expected.status is Status.TIMEOUT else 30)
        check(found, expected)

    @pytest.mark.parametrize(("flaw", "message", "hint"), CERTIFICATES, ids=[row[0] for row in CERTIFICATES])
    async def test_certificates(self, flaw: str, message: str, hint: str, certificates: Certificates) -> None:
        async with peer(None, "tls", silent, getattr(certificates, flaw)) as port:
            where = url(TLS_LINE, "localhost", port, f"ca={certificates.ca},family=4")
            found = await ask(None, TLS_LINE, where, deadline=30)
        check(found, Failure(Status.TLS_ERROR, Phase.TLS, message, hint))

    async def test_tls_to_a_plain_port(self) -> None:
        async with peer(None, "tcp", middle) as port:
            found = await ask(None, TLS_LINE, url(TLS_LINE, port=port), deadline=30)
        check(found, Failure(Status.TLS_ERROR, Phase.TLS, '"half an ans"', "right protocol"))

    async def test_many_at_once_end_by_their_deadline(self, certificates: Certificates) -> None:
        async with peer(None, "tls", silent, certificates.good) as port:
            where = url(TLS_BANNER, port=port, options=f"ca={certificates.ca}")
            found = await records(None, "probe", *itertools.repeat(where, 60), deadline=1.0, concurrency=60)
        assert len(found) == 60
        assert {(one.status, one.phase) for one in found} <= {  # type: ignore[attr-defined]  # probe records
            (Status.TIMEOUT, Phase.GREETING),
            (Status.TIMEOUT, Phase.TLS),
        }
