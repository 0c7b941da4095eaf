"""HTTP: where a message ends is never a matter of opinion, neither at our server nor at our client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import pytest

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.virtual import run as virtual
from tests.security.house import House, elapsed, everything, peer, record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /first HTTP/1.1\r\nHost: x\r\n"

AMBIGUOUS: dict[str, bytes] = {
    "CL.TE": HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "TE.CL": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n" + SMUGGLED,
    "two lengths the other way": HEAD + b"Content-Length: 36\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "a list of lengths": HEAD + b"Content-Length: 0, 36\r\n\r\n" + SMUGGLED,
    "the same twice in a list": HEAD + b"Content-Length: 0, 0\r\n\r\n" + SMUGGLED,
    "a plus": HEAD + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "a minus": HEAD + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "hexadecimal": HEAD + b"Content-Length: 0x0\r\n\r\n" + SMUGGLED,
    "an underscore": HEAD + b"Content-Length: 0_0\r\n\r\n" + SMUGGLED,
    "a space inside": HEAD + b"Content-Length: 0 0\r\n\r\n" + SMUGGLED,
    "empty": HEAD + b"Content-Length: \r\n\r\n" + SMUGGLED,
    "beyond 64 bits": HEAD + b"Content-Length: 18446744073709551616\r\n\r\n" + SMUGGLED,
    "identity at the end": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + SMUGGLED,
    "xchunked": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "gzip, chunked": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked with a parameter": HEAD + b"Transfer-Encoding: chunked;x=y\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a vertical tab": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + SMUGGLED,
    "quotes": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n' + SMUGGLED,
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED,
    "a tab before the colon": HEAD + b"Content-Length\t: 36\r\n\r\n" + SMUGGLED,
    "a space before the name": HEAD + b" Content-Length: 36\r\n\r\n" + SMUGGLED,
    "folded": HEAD + b"X: y\r\n Content-Length: 36\r\n\r\n" + SMUGGLED,
    "folded by a tab": HEAD + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "folded before any field": b"POST /first HTTP/1.1\r\n Host: x\r\n\r\n" + SMUGGLED,
    "LF alone after a field": b"POST /first HTTP/1.1\r\nHost: x\nContent-Length: 36\r\n\r\n" + SMUGGLED,
    "LF alone after the request line": b"POST /first HTTP/1.1\nHost: x\r\n\r\n" + SMUGGLED,
    "LF LF at the end": b"POST /first HTTP/1.1\r\nHost: x\r\nX: y\n\n" + SMUGGLED,
    "LF CRLF at the end": b"POST /first HTTP/1.1\r\nHost: x\n\r\n" + SMUGGLED,
    "CR alone": HEAD + b"X: y\rContent-Length: 36\r\n\r\n" + SMUGGLED,
    "CR CR LF": HEAD + b"X: y\r\r\n\r\n" + SMUGGLED,
    "NUL in a value": HEAD + b"X: a\0b\r\n\r\n" + SMUGGLED,
    "NUL in a name": HEAD + b"X\0: y\r\n\r\n" + SMUGGLED,
    "no name": HEAD + b": y\r\n\r\n" + SMUGGLED,
    "no colon": HEAD + b"Content-Length\r\n\r\n" + SMUGGLED,
    "no Host": b"POST /first HTTP/1.1\r\n\r\n" + SMUGGLED,
    "two Hosts": HEAD + b"Host: y\r\n\r\n" + SMUGGLED,
    "a Host with a path": b"POST /first HTTP/1.1\r\nHost: x/y\r\n\r\n" + SMUGGLED,
    "a Host with a user": b"POST /first HTTP/1.1\r\nHost: u@x\r\n\r\n" + SMUGGLED,
    "LF alone everywhere": b"GET /first HTTP/1.1\nHost: x\n\n",
    "HTTP/1.0 in chunks": b"POST /first HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "HTTP/0.9": b"GET /first\r\n" + SMUGGLED,
    "HTTP/1.2": b"POST /first HTTP/1.2\r\nHost: x\r\n\r\n" + SMUGGLED,
    "HTTP/2.0 in words": b"POST /first HTTP/2.0\r\nHost: x\r\n\r\n" + SMUGGLED,
    "two spaces": b"POST  /first HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    "a tab in the request line": b"POST\t/first HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    "a space in the target": b"POST /fi rst HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    "a space after the version": b"POST /first HTTP/1.1 \r\nHost: x\r\n\r\n" + SMUGGLED,
    "a fragment": b"POST /first#x HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
}
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS: dict[str, bytes] = {
    "0x": b"0x0\r\n\r\n",
    "a plus": b"+0\r\n\r\n",
    "a minus": b"-1\r\n\r\n",
    "no size": b"\r\n\r\n",
    "an underscore": b"0_0\r\n\r\n",
    "17 digits": b"10000000000000000\r\n",
    "LF alone after the size": b"0\n\r\n",
    "LF alone after the data": b"1\r\na\n0\r\n\r\n",
    "LF alone at the end": b"0\r\n\n",
    "no CRLF after the data": b"1\r\naa0\r\n\r\n",
    "a longer piece than was said": b"1\r\nabc\r\n0\r\n\r\n",
    "LF in an extension": b"0;a\nb\r\n\r\n",
    "CR in an extension": b"0;a\rb\r\n\r\n",
    "a folded trailer": b"0\r\nX: y\r\n z\r\n\r\n",
    "NUL in a trailer": b"0\r\nX: \0\r\n\r\n",
    "LF alone in a trailer": b"0\r\nX: y\nZ: z\r\n\r\n",
}


async def attacked(said: bytes, pieces: list[int], *, at_once: bool = False) -> tuple[bytes, list[str]]:
    async with House("http://127.0.0.1:0", Files(files={"first": b"1", "smuggled": b"2"})) as house:
        stream = await house.raw()
        at = 0
        for end in [*pieces, len(said)]:
            await stream.write(said[at:end])
            at = end
            await asyncio.sleep(0)
        heard = await everything(stream)
        assert elapsed() < 1 or not at_once, "it waited for more"
        return heard, house.asked()


@pytest.mark.parametrize("pieces", ["whole", "halves", "octets"])
@pytest.mark.parametrize("said", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_is_ambiguous_is_refused_and_ends_the_connection(said: bytes, pieces: str) -> None:
    cuts = {"whole": [], "halves": [len(said) // 2], "octets": list(range(1, len(said)))}[pieces]
    heard, asked = virtual(attacked(said, cuts, at_once=True))
    assert heard[9:12] in (b"400", b"501", b"505"), heard[:100]
    assert heard.count(b"HTTP/1.1 ") == 1
    assert "GET /smuggled" not in asked


@pytest.mark.parametrize("said", CHUNKS.values(), ids=CHUNKS)
def test_nor_is_there_any_doubt_about_a_chunk(said: bytes) -> None:
    heard, asked = virtual(attacked(CHUNKED + said + SMUGGLED, []))
    assert b"/smuggled" not in heard
    assert "GET /smuggled" not in asked
    assert heard.count(b"HTTP/1.1 ") <= 2


def test_a_body_that_is_not_wanted_is_not_the_next_request() -> None:
    for head in (
        b"Content-Length: %d\r\n\r\n" % len(SMUGGLED),
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    ):
        _, asked = virtual(attacked(HEAD + head + SMUGGLED, []))
        assert asked == ["POST /first"]


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0", "x"])
def test_an_upgrade_that_is_not_made_hides_nothing(upgrade: str) -> None:
    upgraded = f"GET /first HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: {upgrade}\r\n"
    head = f"{upgraded}Content-Length: {len(SMUGGLED)}\r\n\r\n"
    _, asked = virtual(attacked(head.encode() + SMUGGLED, []))
    assert "GET /smuggled" not in asked


# HTTP/2


FIELDS = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", "/first")]
BAD_H2: dict[str, list[tuple[str, str]]] = {
    "transfer-encoding": [*FIELDS, ("transfer-encoding", "chunked")],
    "connection": [*FIELDS, ("connection", "close")],
    "upper case": [*FIELDS, ("X-Thing", "y")],
    "CRLF in a value": [*FIELDS, ("x", "y\r\nz: a")],
    "NUL in a value": [*FIELDS, ("x", "y\0")],
    "LF in a name": [*FIELDS, ("x\ny", "z")],
    "a colon in a name": [*FIELDS, ("x:y", "z")],
    "two paths": [*FIELDS, (":path", "/second")],
    "a pseudo field after others": [*FIELDS[:3], ("x", "y"), FIELDS[3]],
    "an unknown pseudo field": [*FIELDS, (":evil", "y")],
    "no path": FIELDS[:3],
    "an empty path": [*FIELDS[:3], (":path", "")],
    "a path with CRLF": [*FIELDS[:3], (":path", "/first\r\nX: y")],
    "a path with a space": [*FIELDS[:3], (":path", "/first HTTP/1.1")],
    "a method with CRLF": [(":method", "GET /smuggled HTTP/1.1\r\nX: y"), *FIELDS[1:]],
    "an authority with CRLF": [*FIELDS[:2], (":authority", "x\r\nY: z"), FIELDS[3]],
    "an authority with a path": [*FIELDS[:2], (":authority", "x/y"), FIELDS[3]],
    "an authority with a user": [*FIELDS[:2], (":authority", "u@x"), FIELDS[3]],
    "another host": [*FIELDS, ("host", "y")],
    "two lengths": [*FIELDS, ("content-length", "0"), ("content-length", "5")],
    "a length that isn't so": [*FIELDS, ("content-length", "5")],
    "te": [*FIELDS, ("te", "gzip")],
}


@pytest.mark.parametrize("fields", BAD_H2.values(), ids=BAD_H2)
def test_what_http_2_must_not_carry_is_refused(fields: list[tuple[str, str]]) -> None:
    async def main() -> None:
        async with House("http://127.0.0.1:0", Files(files={"first": b"1"}), accounts=["ann:x"]) as house:
            stream = await house.raw()
            engine = h2.connection.H2Connection(
                h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
            )
            engine.initiate_connection()
            engine.send_headers(1, fields, end_stream=True)
            await stream.write(engine.data_to_send())
            statuses: list[str] = []
            over = False
            async with asyncio.timeout(100):
                while not over and (data := await stream.read()):
                    for event in engine.receive_data(data):
                        if isinstance(event, h2.events.ResponseReceived):
                            statuses += [str(value) for name, value in event.headers if name in (b":status", ":status")]
                        over |= isinstance(
                            event, h2.events.StreamReset | h2.events.ConnectionTerminated | h2.events.StreamEnded
                        )
            assert all("400" in status or "501" in status for status in statuses), statuses
            assert not [one for one in house.access if one.status.startswith("2")]

    virtual(main())


# The client: a server, or whoever sits before it, says ambiguous things

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS: dict[str, bytes] = {
    "CL.TE": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": OK + b"Content-Length: 3, 5\r\n\r\nhello",
    "a plus": OK + b"Content-Length: +5\r\n\r\nhello",
    "a minus": OK + b"Content-Length: -5\r\n\r\nhello",
    "hexadecimal": OK + b"Content-Length: 0x5\r\n\r\nhello",
    "a folded field": OK + b"X: y\r\n Content-Length: 5\r\n\r\nhello",
    "NUL": OK + b"X: \0\r\nContent-Length: 5\r\n\r\nhello",
    "CR alone": OK + b"X: y\rContent-Length: 5\r\n\r\nhello",
    "a space before the colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "no chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "a chunk of -1": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nhello",
    "chunked, identity": OK + b"Transfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "no status": b"HTTP/1.1 abc OK\r\n\r\n",
    "another status": b"HTTP/1.1 99 Low\r\n\r\n",
    "no version": b"HTTP/x.y 200 OK\r\n\r\n",
    "interim answers for ever": b"HTTP/1.1 103 Early\r\n\r\n" * 5000,
    "fields for ever": OK + b"X: y\r\n" * 50_000,
    "a field for ever": OK + b"X: " + b"y" * 1_000_000,
    "a status line for ever": b"HTTP/1.1 200 " + b"y" * 1_000_000,
    "an extension for ever": OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"y" * 1_000_000,
    "trailers for ever": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 200_000,
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_our_client_believes_no_such_answer(said: bytes) -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(said)
        await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=5.0)
            assert found.status is Status.PROTOCOL_ERROR, (found.status, found.message, found.body)

    virtual(main())


def test_an_answer_that_nobody_asked_for_answers_nothing() -> None:
    """Response splitting: what stands behind an answer isn't that to the next request."""
    connections: list[int] = []

    async def handle(link: Stream) -> None:
        connections.append(1)
        await link.read_until(b"\r\n\r\n")
        evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        await link.write(
            b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n" + evil
            if len(connections) == 1
            else OK
        )
        if len(connections) > 1:
            await link.write(b"Content-Length: 4\r\n\r\ngood")
        await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=5.0)
            assert found.body != b"evil"

    virtual(main())


# Redirects


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_credentials_to_another_host(status: int, host: str) -> None:
    """Nor to another port: that is another server."""
    canary = "c4n4ry-redirect"
    heard: list[bytes] = []

    async def other(link: Stream) -> None:
        heard.append(await link.read_until(b"\r\n\r\n"))
        await link.write(OK + b"Content-Length: 0\r\n\r\n")
        await everything(link)

    async def main() -> None:
        async with peer(other) as elsewhere:

            async def first(link: Stream) -> None:
                assert canary.encode() in await link.read_until(b"\r\n\r\n")
                there = f"http://{host}:{elsewhere.port}/"
                await link.write(f"HTTP/1.1 {status} Go\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode())
                await everything(link)

            async with peer(first, network=elsewhere.network) as house:
                given = [
                    ("token", canary),
                    ("cookie", f"a={canary}"),
                    ("headers", "X-Api: ok"),
                    ("headers", f"Cookie: b={canary}"),
                ]
                target = Endpoint.parse(f"http://127.0.0.1:{house.port}/").with_options(given)
                await record(house.network, "get", target, deadline=5.0)
        assert heard
        assert b"authorization" not in heard[0].lower()
        assert canary.encode() not in heard[0].split(b"\r\n", 1)[1] if host == "localhost" else True

    virtual(main())


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "ftp://h/",
        "gopher://h/",
        "javascript:1",
        "http://",
        "http:///x",
        "http://h:99999/",
        "unix:///x",
    ],
)
def test_a_redirect_leads_to_http_only(to: str) -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())
        await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=5.0)
            assert found.status not in (Status.SUCCESS, Status.INVALID_INPUT), found
            assert not found.body

    virtual(main())


def test_redirects_end() -> None:
    times: list[int] = []

    async def handle(link: Stream) -> None:
        while await link.read_until(b"\r\n\r\n"):
            times.append(1)
            await link.write(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=50.0)
            assert found.status is Status.REFUSED_BY_PEER
            assert len(times) == 11

    virtual(main())
