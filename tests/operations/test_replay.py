"""Replay: each protocol's samples are recorded, and played to the client that was recorded and to a server like it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.emitting import Stop
from netloom.endpoint import Endpoint
from netloom.errors import Status, Unsupported, UsageError
from netloom.packet.recording import Recording
from netloom.records import ReplyRecord
from netloom.runs import Run
from netloom.serving import Serving
from tests.interop.peers import need
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.packet.tape.record import PlayedRecord
    from netloom.shapes import Sample

pytestmark = [pytest.mark.usefixtures("leaves_nothing"), pytest.mark.timeout(120)]

HANG = 30.0
"""Seconds after which a replay is given up that should have ended by itself."""
SCHEMES = [
    "http", "https", "ws", "wss", "dns", "dot", "doh", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s", "ftp", "ftps",
    "snmp", "snmp+tcp", "mqtt", "mqtts", "mqtt+ws", "modbus", "modbus+rtu", "irc", "ircs", "telnet", "coap", "ntp",
    "whois", "rdap", "sse", "socketio", "grpc", "grpcs", "tcp", "udp", "tls",
]  # fmt: skip
MOVES = ("ntp", "socketio")
"""What tells the time, or gives out a session, says something else each time."""


def samples() -> list[Any]:
    """Each scheme with each of its protocol's samples that work on the default server."""
    return [
        pytest.param(scheme, sample, id=f"{scheme} {sample.verb} {sample.place}")
        for scheme in SCHEMES
        for sample in registry.for_scheme(scheme)[0].samples
        if scheme != "doh" or sample.verb == "get"
    ]


KNOWN = ("http", "https", "ftp", "ftps", "imap", "imaps")
"""Schemes whose servers let only those write whom they know."""


@contextlib.asynccontextmanager
async def served(scheme: str, sample: Sample) -> AsyncIterator[tuple[Endpoint, dict[str, str]]]:
    """A server on which all was done that a sample takes for granted, and how it is known."""
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0")
    async with Serving([place], (), Accounts.from_texts(["ann:pw"] if scheme in KNOWN else [])) as serving:
        trust = serving.records[0].trust
        for earlier in registry.for_scheme(scheme)[0].samples:
            if earlier == sample:
                break
            if earlier.verb == "put":
                await verb(earlier, serving.endpoint, trust)
        yield serving.endpoint, trust


async def verb(sample: Sample, place: Endpoint, trust: dict[str, str], **fields: Any) -> list[Any]:
    """What comes of a sample there."""
    user = "ann:pw@" if place.scheme in KNOWN else ""
    target = f"{place.scheme}://{user}{place.authority}{sample.place}"
    fields["options"] = [f"{name}={value}" for name, value in trust.items()]
    if sample.verb != "put":
        return await records(None, sample.verb, target, *([sample.text] if sample.text else []), **fields)
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(sample.text.encode())
        file.flush()
        return await records(None, "put", target, file.name, **fields)


def told(found: list[Any]) -> list[Any]:
    """What doesn't depend on when and where it was."""
    return [
        (one.status, one.body, one.value, one.exit_status) if isinstance(one, ReplyRecord) else (one.status, one.entry)
        for one in found
    ]


@contextlib.asynccontextmanager
async def played(path: Path, *places: str, **fields: Any) -> AsyncIterator[tuple[list[Any], list[PlayedRecord]]]:
    """What a replay announces, and its records once it has ended by itself: all was played."""
    found: list[PlayedRecord] = []
    made = aiter(Run[Any].prepare("replay", (), {"files": [str(path)], "serve": list(places), **fields}))
    async with contextlib.aclosing(made):
        yield [await anext(made) for _ in places], found
        async with asyncio.timeout(HANG):
            found += [one async for one in made]


def failures(found: list[Any]) -> list[str]:
    assert found
    return [one.message for one in found if one.status is not Status.SUCCESS]


@pytest.mark.parametrize(("scheme", "sample"), samples())
async def test_the_client_that_was_recorded(scheme: str, sample: Sample, tmp_path: Path) -> None:
    secured = registry.for_scheme(scheme)[1]
    if secured.over in ("tls", "https") or secured.starttls:
        need("tshark", "tshark")
    path = tmp_path / "talk.pcapng"
    async with served(scheme, sample) as (place, trust):
        before = await verb(sample, place, trust, record=str(path))
    async with played(path, f"{scheme}://127.0.0.1:0") as ((announced,), found):
        after = await verb(sample, Endpoint.parse(announced.endpoint), announced.trust)
    assert failures(found) == []
    assert "of talk.pcapng" in announced.content
    if scheme not in MOVES:
        assert told(after) == told(before)
    if scheme == "socketio":
        return  # a session is known to the server that gave it out
    async with served(scheme, sample) as (place, trust):
        options = [f"{name}={value}" for name, value in trust.items()]
        called = await records(None, "replay", files=[str(path)], call=[str(place)], options=options, match="none")
    assert failures(called) == []


@pytest.fixture
def fetch(tmp_path: Path) -> Path:
    """Two fetches on one connection, and one on another; the second answer comes in two pieces, 2 s apart."""
    path = tmp_path / "fetch.pcapng"
    recording = Recording(path)
    for number, targets in enumerate((("/a", "/b"), ("/c",))):
        start = number * 10_000_000_000
        talk = recording.open_conversation("tcp", ("192.0.2.1", 40_000 + number), ("192.0.2.2", 80))
        for at, target in enumerate(targets):
            talk.sent(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), start + at * 1_000_000_000)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{target}".encode()
            talk.received(head, start + at * 1_000_000_000 + 1_000_000)
            talk.received(b"ok", start + at * 1_000_000_000 + 2_001_000_000)
        talk.close()
    recording.close()
    return path


async def ask(place: Any, *targets: str) -> list[bytes]:
    """The answers to requests on one connection."""
    where = Endpoint.parse(place.endpoint)
    reader, writer = await asyncio.open_connection("127.0.0.1", where.port)
    found = []
    for target in targets:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: y\r\nAccept: */*\r\n\r\n".encode())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            found.append(await reader.readexactly(4))
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return found


async def test_conversations_are_told_apart_by_what_a_client_says_first(fetch: Path) -> None:
    async with played(fetch, "http://127.0.0.1:0") as ((place,), found):
        one, other = await asyncio.gather(ask(place, "/c"), ask(place, "/a", "/b"))
        assert (one, other) == ([b"/cok"], [b"/aok", b"/bok"])
    assert sorted((one.conversation, one.status) for one in found) == [(0, Status.SUCCESS), (1, Status.SUCCESS)]


async def test_where_a_client_departs(fetch: Path) -> None:
    async with played(fetch, "http://127.0.0.1:0") as ((place,), found):
        assert await ask(place, "/nothing") == []
        assert await ask(place, "/a", "/other") == [b"/aok"]
        assert await ask(place, "/c") == [b"/cok"]
    first, second, third = found
    assert (first.status, first.conversation, first.turn, first.offset) == (Status.EXPECTATION_FAILED, 0, 1, 0)
    assert (first.expected, first.got) == ("GET /a HTTP/1.1", "GET /nothing HTTP/1.1")
    assert (second.conversation, second.turn, second.offset) == (0, 3, 28)
    assert (second.expected, second.got) == ("GET /b HTTP/1.1", "GET /other HTTP/1.1")
    assert "departs from conversation 0" in second.message
    assert second.endpoint == place.endpoint
    assert "--match none" in second.hint
    assert third.status is Status.SUCCESS


async def test_exactly_and_not_at_all(fetch: Path) -> None:
    async with played(fetch, "http://127.0.0.1:0", match="exact", stream=[1]) as ((place,), found):
        assert await ask(place, "/c") == []
        made = await asyncio.open_connection("127.0.0.1", Endpoint.parse(place.endpoint).port)
        made[1].write(b"GET /c HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await made[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        made[1].close()
        await made[1].wait_closed()
    assert [one.status for one in found] == [Status.EXPECTATION_FAILED, Status.SUCCESS]
    assert found[0].got == "28 bytes, no whole message, which differs from byte 23 on"
    async with played(fetch, "http://127.0.0.1:0", match="none", stream=[0]) as ((place,), found):
        assert await ask(place, "/x", "/y") == [b"/aok", b"/bok"]
    assert failures(found) == []


async def test_again_and_again(fetch: Path) -> None:
    fields = {"files": [str(fetch)], "serve": ["http://127.0.0.1:0"], "repeat": True}
    made = aiter(Run[Any].prepare("replay", (), fields))
    async with contextlib.aclosing(made):
        place = await anext(made)
        for _ in range(3):
            assert await ask(place, "/c") == [b"/cok"]
        assert await ask(place, "/a", "/b") == [b"/aok", b"/bok"]
        assert [(await anext(made)).conversation for _ in range(4)] == [1, 1, 1, 0]


async def test_what_is_played_can_be_recorded(fetch: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pcapng"
    async with played(fetch, "http://127.0.0.1:0", stream=[1], record=str(again)) as ((place,), _):
        assert await ask(place, "/c") == [b"/cok"]
    async with played(again, "http://127.0.0.1:0") as ((place,), found):
        assert await ask(place, "/c") == [b"/cok"]
    assert failures(found) == []


async def test_a_recording_that_is_cut(fetch: Path, tmp_path: Path) -> None:
    told: list[str] = []
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(fetch.read_bytes()[:-300])
    run = Run[Any].prepare("replay", (), {"files": [str(cut)], "serve": ["http://127.0.0.1:0"]}, {"tell": told.append})
    made = aiter(run)
    async with contextlib.aclosing(made):
        place = await anext(made)
        assert await ask(place, "/a", "/b") == [b"/aok", b"/bok"]
        assert (await anext(made)).status is Status.SUCCESS
    assert any("damaged" in words for words in told)


async def test_no_more_than_fits(fetch: Path) -> None:
    told: list[str] = []
    fields = {"files": [str(fetch)], "serve": ["http://127.0.0.1:0"], "limit": 1400}
    made = aiter(Run[Any].prepare("replay", (), fields, {"tell": told.append}))
    async with contextlib.aclosing(made):
        await anext(made)
    assert told == ["conversation 0 is played as far as it goes: no more than 1400 bytes of the recording are kept"]


async def test_another_protocol_is_played_as_well(fetch: Path) -> None:
    told: list[str] = []
    fields = {"files": [str(fetch)], "serve": ["imap://127.0.0.1:0"], "stream": [1]}
    made = aiter(Run[Any].prepare("replay", (), fields, {"tell": told.append}))
    async with contextlib.aclosing(made):
        assert await ask(await anext(made), "/c") == [b"/cok"]
        assert (await anext(made)).status is Status.SUCCESS
    assert told == ["the recording has no imap, but http: that is played"]


async def test_what_is_refused(fetch: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one side"):
        await record(None, "replay", files=[str(fetch)])
    with pytest.raises(UsageError, match="one side"):
        await record(None, "replay", files=[str(fetch)], serve=["tcp://:0"], call=["tcp://:1"])
    with pytest.raises(UsageError, match="again"):
        await record(None, "replay", files=[str(fetch)], call=["tcp://:1"], repeat=True)
    with pytest.raises(UsageError, match="it has http"):
        await record(None, "replay", files=[str(fetch)], serve=["snmp://127.0.0.1:0"])
    with pytest.raises(Unsupported, match="ssh"):
        await record(None, "replay", files=[str(fetch)], serve=["sftp://127.0.0.1:0"])
    with pytest.raises(UsageError, match="no file"):
        await record(None, "replay", files=[str(tmp_path / "none")], serve=["http://127.0.0.1:0"])
    with pytest.raises(UsageError, match="can't read"):
        await record(None, "replay", files=[str(fetch)], serve=["http://127.0.0.1:0"], key_log=str(tmp_path / "none"))


async def test_a_server_that_isn_t_there(fetch: Path) -> None:
    found: list[Any] = await records(None, "replay", files=[str(fetch)], call=["http://127.0.0.1:1"])
    assert [(one.status, one.conversation) for one in found] == [(Status.REFUSED, 0), (Status.REFUSED, 1)]


async def test_a_server_that_says_something_else(fetch: Path) -> None:
    async with played(fetch, "http://127.0.0.1:0") as ((place,), _):
        found: list[Any] = await records(None, "replay", files=[str(fetch)], call=[place.endpoint])
    assert failures(found) == []
    async with Serving([Endpoint.parse("http://127.0.0.1:0")]) as serving:
        one = await record(None, "replay", files=[str(fetch)], call=[str(serving.endpoint)], stream=[1])
    assert (one.status, one.expected) == (Status.EXPECTATION_FAILED, "HTTP/1.1 200 OK")
    assert one.got.startswith("HTTP/1.1 404")


@pytest.mark.parametrize("said", [b"", b"warp"])
async def test_who_is_there_when_it_ends_is_told(tmp_path: Path, said: bytes) -> None:
    path = tmp_path / "talk.pcapng"
    recording = Recording(str(path))
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], recording=recording) as serving:
        await records(None, "send", serving.endpoint, "warp and weft", options=["reply=all"])
    recording.close()
    stop = Stop()
    run = Run[Any].prepare("replay", (), {"files": [str(path)], "serve": ["tcp://127.0.0.1:0"]})
    made = run.read(stop)
    place = Endpoint.parse((await anext(made)).endpoint)
    _, writer = await asyncio.open_connection(place.host, place.port)
    try:
        writer.write(said)
        await writer.drain()
        for _ in range(50):  # turns in which it is accepted and heard, however long each takes
            await asyncio.sleep(0.001)
        assert stop.ask()
        async with asyncio.timeout(HANG):
            (found,) = [one async for one in made]
    finally:
        writer.close()
    assert (found.status, found.message) == (Status.CLOSED, "the replay stops")
