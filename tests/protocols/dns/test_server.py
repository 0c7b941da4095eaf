"""DNS: the server's side of sockets, connections and requests of HTTP."""

from __future__ import annotations

import asyncio
import base64
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.zone import Zone
from netloom.errors import ConnectionLost
from netloom.links.dial import Dialler
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.links.virtual import run
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Message, Question, emit, framed, parse, unframed
from netloom.wire.dns.names import from_text
from tests.protocols.dns.lab import ZONE, answered, liar, memory, served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.stream import Stream


def query(name: str, rdtype: int = codes.A, number: int = 1, **changes: Any) -> bytes:
    return emit(Message(number, codes.RD, (Question(from_text(name), rdtype),), edns=Edns()).replace(**changes))


def dialler(network: Any, endpoint: Endpoint) -> Dialler:
    return Dialler(network, endpoint, LinkOptions(idle=30), Trace(network.clock))


def over_tcp(work: Callable[[Stream], Awaitable[Any]], **fields: Any) -> tuple[Any, list[Any]]:
    """Do something on a connection to our server; what it brings, and what the server reports."""

    async def main() -> tuple[Any, list[Any]]:
        network = memory()
        await liar(network, lambda data, _: [answered(data)], 5300)
        async with served(network, **fields) as (endpoint, seen):
            dial = dialler(network, endpoint)
            found = await work(await dial.stream(plain=True))
            await dial.close()
            return found, seen

    return run(main())


def over_udp(work: Callable[[Datagrams], Awaitable[Any]], **fields: Any) -> tuple[Any, list[Any]]:
    async def main() -> tuple[Any, list[Any]]:
        network = memory()
        await liar(network, lambda data, _: [answered(data)], 5300)
        async with served(network, **fields) as (endpoint, seen):
            dial = dialler(network, endpoint)
            found = await work(await dial.datagrams())
            await dial.close()
            return found, seen

    return run(main())


async def next_message(stream: Stream) -> Message:
    return parse(await stream.parse(unframed, 70_000))


class TestDatagrams:
    def test_one_port_for_both_transports(self) -> None:
        async def main() -> None:
            network = memory()
            async with served(network, url="dns://:0#family=4") as (endpoint, _):
                assert ("127.0.0.1", endpoint.port) in network.listeners
                assert ("127.0.0.1", endpoint.port) in network.sockets
            assert not network.listeners
            assert not network.sockets

        run(main())

    def test_scraps_answers_and_floods_change_nothing(self) -> None:
        async def work(link: Datagrams) -> Any:
            link.transport.sendto(b"")  # what our own `send` refuses
            for data in (
                b"\0",
                query("www.example.test")[:-1],
                answered(query("www.example.test")),
                b"\xff" * 600,
            ):
                await link.send(data)
            await link.send(query("www.example.test", number=7))
            got: list[bytes] = []
            while not got or parse(got[-1]).id != 7:
                got.append(await link.receive())
            return [parse(each).rcode for each in got]

        codes_seen, seen = over_udp(work)
        assert codes_seen == [codes.FORMERR, codes.NOERROR]
        assert seen[-1].target == "www.example.test. A"
        assert seen[-1].status == "NOERROR"
        assert seen[-1].peer.startswith("127.0.0.1:")

    def test_a_waiting_question_holds_up_nobody(self) -> None:
        async def work(link: Datagrams) -> Any:
            await link.send(query("silent.example.org", number=1))
            await link.send(query("www.example.test", number=2))
            await link.send(query("www.example.test", number=3))
            return [parse(await link.receive()).id for _ in range(3)]

        async def main() -> Any:
            network = memory()
            await liar(network, lambda _, __: [], 5300)
            zone = Zone(ZONE, forward=("dns://127.0.0.1:5300",))
            async with served(network, zone=zone) as (endpoint, _):
                dial = dialler(network, endpoint)
                found = await work(await dial.datagrams())
                await dial.close()
                return found

        assert run(main()) == [2, 3, 1]


class TestStreams:
    def test_pipelined_questions_in_one_piece_and_in_single_octets(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(b"".join(framed(query("www.example.test", number=number)) for number in range(5)))
            first = [(await next_message(stream)).id for _ in range(5)]
            for octet in framed(query("mail.example.test", number=9)):
                await stream.write(bytes((octet,)))
                await asyncio.sleep(0)
            return first, (await next_message(stream)).id

        assert over_tcp(work)[0] == ([0, 1, 2, 3, 4], 9)

    def test_answers_overtake_one_that_waits(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(framed(query("www.example.org", number=1)) + framed(query("www.example.test", number=2)))
            return [(await next_message(stream)).id for _ in range(2)]

        zone = Zone(ZONE, forward=("dns://127.0.0.1:5300",))
        assert over_tcp(work, zone=zone)[0] == [2, 1]

    def test_who_has_ended_its_side_is_still_answered(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(framed(query("www.example.org", number=1)))
            await stream.write_eof()
            return (await next_message(stream)).id, await stream.read()

        zone = Zone(ZONE, forward=("dns://127.0.0.1:5300",))
        assert over_tcp(work, zone=zone)[0] == (1, b"")

    def test_who_says_nothing_is_closed(self) -> None:
        async def work(stream: Stream) -> Any:
            with pytest.raises(ConnectionLost):
                await stream.read()
            return asyncio.get_running_loop().time()

        assert over_tcp(work, url="dns://127.0.0.1:53#idle=5")[0] == pytest.approx(5)

    def test_who_trickles_is_closed_as_soon(self) -> None:
        async def work(stream: Stream) -> Any:
            for octet in framed(query("www.example.test")):
                await asyncio.sleep(0.5)
                if stream.at_eof:
                    break
                await stream.write(bytes((octet,)))
                stream.peek()
            return asyncio.get_running_loop().time()

        assert over_tcp(work, url="dns://127.0.0.1:53#idle=5")[0] == pytest.approx(6)

    def test_what_is_no_question_ends_the_connection(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(framed(answered(query("www.example.test"))))
            return await stream.read()

        assert over_tcp(work)[0] == b""

    def test_what_is_malformed_gets_formerr(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(framed(query("www.example.test") + b"\0"))
            return (await next_message(stream)).rcode

        assert over_tcp(work)[0] == codes.FORMERR

    def test_a_transfer_is_reported(self) -> None:
        async def work(stream: Stream) -> Any:
            await stream.write(framed(query("example.test", codes.AXFR)))
            return len((await next_message(stream)).answers)

        count, seen = over_tcp(work)
        assert count > 200
        assert seen[0].target == "example.test. AXFR"


class Asked:
    """A request of HTTP, as the carrier hands it over."""

    def __init__(self, method: str, target: str, body: bytes = b"", kind: str = "application/dns-message") -> None:
        from netloom.links.http.messages import Request

        headers = (("content-type", kind),) if kind else ()
        self.request = Request(method=method, target=target, headers=headers, scheme="https", authority="localhost")
        self.peer = "192.0.2.9:4711"
        self.answer: tuple[int, dict[str, str], bytes] = (0, {}, b"")
        self._body = body

    async def read(self, limit: int) -> bytes:
        assert len(self._body) <= limit
        return self._body

    async def respond(self, status: int, headers: Any = (), body: bytes = b"") -> None:
        self.answer = status, dict(headers), body


async def over_https(asked: Asked, **fields: Any) -> tuple[int, dict[str, str], bytes]:
    from netloom.accounts import Accounts
    from netloom.protocols.dns.options import Options
    from netloom.protocols.dns.server import serve

    class Context:
        options = Options(transfer="anyone")
        accounts = Accounts()
        network = None
        peer = "192.0.2.9:4711"
        reports = True
        faulty = False

        def access(self, *_: Any, **__: Any) -> None:
            """Nobody reads it."""

    await serve(asked, fields.get("zone") or Zone(ZONE), Context())  # type: ignore[arg-type]  # what it needs of them
    return asked.answer


class TestHttps:
    GET = "/dns-query?dns="

    def text(self, data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    async def test_post_and_get(self) -> None:
        data = query("www.example.test", number=0)
        for asked in (Asked("POST", "/dns-query", data), Asked("GET", self.GET + self.text(data), kind="")):
            status, headers, body = await over_https(asked)
            assert status == 200
            assert headers == {"content-type": "application/dns-message", "cache-control": "max-age=300"}
            assert parse(body).answers[0].data == "192.0.2.80"

    async def test_a_denial_is_fresh_as_long_as_its_soa_says(self) -> None:
        status, headers, body = await over_https(Asked("POST", "/dns-query", query("nope.example.test")))
        assert (status, headers["cache-control"]) == (200, "max-age=60")
        assert parse(body).rcode == codes.NXDOMAIN

    async def test_a_refusal_is_not_kept(self) -> None:
        status, headers, _ = await over_https(Asked("POST", "/dns-query", query("example.org")))
        assert (status, headers["cache-control"]) == (200, "max-age=0")

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            (Asked("POST", "/dns-query", query("a."), kind="text/plain"), 415),
            (Asked("POST", "/dns-query", query("a."), kind=""), 415),
            (Asked("PUT", "/dns-query", query("a.")), 405),
            (Asked("POST", "/dns-query", b""), 400),
            (Asked("POST", "/dns-query", answered(query("a."))), 400),
            (Asked("GET", "/dns-query"), 400),
            (Asked("GET", "/dns-query?dns=%%%"), 400),
            (Asked("GET", "/dns-query?dns=AAAA&dns=AAAA"), 400),
            (Asked("GET", "/dns-query?dns=ä"), 400),
        ],
    )
    async def test_what_is_no_question(self, asked: Asked, status: int) -> None:
        assert (await over_https(asked))[0] == status

    async def test_what_is_malformed_within_is_dnss_affair(self) -> None:
        status, _, body = await over_https(Asked("POST", "/dns-query", query("a.") + b"\0"))
        assert (status, parse(body).rcode) == (200, codes.FORMERR)

    async def test_transfers_need_a_stream(self) -> None:
        status, _, body = await over_https(Asked("POST", "/dns-query", query("example.test", codes.AXFR)))
        assert (status, parse(body).rcode) == (200, codes.NOTIMP)


async def test_a_port_that_udp_has_taken_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both transports get the same port also where the kernel's first choice is free in one of them only."""
    from netloom.links.system import SystemNetwork

    taken: list[socket.socket] = []
    network = SystemNetwork()
    listen = network.listen

    async def spoiled(address: Any, factory: Any, options: Any) -> Any:
        made = await listen(address, factory, options)
        if not taken:
            blocker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            blocker.bind(("127.0.0.1", made.address[1][1]))
            taken.append(blocker)
        return made

    monkeypatch.setattr(network, "listen", spoiled)
    try:
        async with served(network, url="dns://127.0.0.1:0") as (endpoint, _):
            assert endpoint.port not in (None, taken[0].getsockname()[1])
    finally:
        taken[0].close()
