"""Playing one side on a stream: in memory, on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded
from netloom.links.memory import pair
from netloom.links.play import StreamPlayer
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.packet.streams.events import SERVER
from netloom.packet.tape.script import Knowledge, write_script
from netloom.protocols.ftp.replay import Replay as Ftp
from netloom.protocols.imap.replay import Replay as Imap
from netloom.protocols.irc.replay import Replay as Irc
from netloom.protocols.telnet.replay import Replay as Telnet
from tests.packet.tape.tracks import SECOND, script, track

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.played import Played
    from netloom.packet.tape.script import Script

HANG = 100.0
"""Virtual seconds."""


class Around:
    """What stands around a stream here: it counts how often it was secured."""

    secured = 0

    async def secure(self, link: Stream, *, at_once: bool = False) -> None:
        self.secured += 1

    async def listen(self) -> Any:
        raise NotImplementedError

    async def dial(self, place: object) -> Any:
        raise NotImplementedError


def play(made: Script, peer: Callable[[Stream], Awaitable[None]], **fields: Any) -> Played:
    """What comes of a script where the peer does this."""

    async def main() -> Played:
        loop = asyncio.get_running_loop()
        near, far = Stream(loop, idle=50.0), Stream(loop)
        pair(near, far)
        async with asyncio.timeout(HANG):
            player = asyncio.ensure_future(StreamPlayer(near, made, fields.pop("around", Around()), **fields).play())
            await peer(far)
            return await player

    return run(main())


def test_all_of_it() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"wa")
        await asyncio.sleep(1)
        await link.write(b"rp")
        assert await link.read_exactly(4) == b"weft"
        await link.write(b"bye")
        await link.write_eof()
        assert await link.read() == b""

    played = play(script("> warp", "< we", "< ft", "> bye", "> !end", "< !end"), peer)
    assert (played.cues, played.said, played.heard, played.departure) == (6, 4, 7, None)


def test_as_fast_as_the_peer_or_as_it_was() -> None:
    for timing, seconds in ((False, 0.0), (True, 2.0)):
        moved: list[int] = []

        async def peer(link: Stream, seconds: float = seconds) -> None:
            await link.write(b"x")
            assert await link.read_exactly(2) == b"ab"
            assert asyncio.get_running_loop().time() == seconds
            link.abort()

        made = script("> x", "< a", "< b", "> !reset")
        assert play(made, peer, timing=timing, moved=moved.append).departure is None
        assert moved == [0, SECOND, 2 * SECOND, 3 * SECOND]


@pytest.mark.parametrize(
    ("said", "number", "heard"), [(b"wax", 0, b"wax"), (b"wa", 0, b"wa"), (b"", 0, b""), (b"warp!", 1, b"!")]
)
def test_departures(said: bytes, number: int, heard: bytes) -> None:
    async def peer(link: Stream) -> None:
        if said:
            await link.write(said)
        await link.write_eof()

    played = play(script("> warp", "> !end"), peer)
    assert played.departure is not None
    assert (played.departure.number, played.departure.heard) == (number, heard)


TYPED = ("< login: ", "> an", "> n\r\n", "< ann\n", "> exit", "< bye")


@pytest.mark.parametrize(
    "pieces", [(b"ann\r", b"\nexit"), (b"\xff\xfb\x18a", b"n", b"n\r\0e", b"xit"), (b"ann\nexit",)]
)
def test_what_flows_in_any_pieces(pieces: tuple[bytes, ...]) -> None:
    async def peer(link: Stream) -> None:
        assert await link.read_exactly(7) == b"login: "
        for piece in pieces:
            await link.write(piece)
            await asyncio.sleep(1)
        assert await link.read_exactly(7) == b"ann\nbye"
        await link.close()

    assert play(script(*TYPED, known=Knowledge(Telnet)), peer).departure is None


@pytest.mark.parametrize(
    ("said", "number", "heard"),
    [
        (b"bob\r", 1, b"bob\r"),  # all that came with what differs
        (b"an\xff\xf4n\r", 1, b"an"),
        (b"an", 1, b""),
        (b"ann\rexam", 3, b"exam"),
        (b"ann\r\xff\xf4", 3, b"\xff\xf4"),
    ],
)
def test_departures_of_what_flows(said: bytes, number: int, heard: bytes) -> None:
    async def peer(link: Stream) -> None:
        await link.write(said)
        await link.write_eof()

    played = play(script(*TYPED, known=Knowledge(Telnet)), peer)
    assert played.departure is not None
    assert (played.departure.number, played.departure.heard) == (number, heard)


def test_nobody_waits_for_the_rest_of_what_differs() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"a")
        await asyncio.sleep(1)
        await link.write(b"x")

    played = play(script(*TYPED, known=Knowledge(Telnet)), peer)
    assert played.departure is not None
    assert played.departure.heard == b"ax"


def test_anything_that_flows() -> None:
    async def peer(link: Stream) -> None:
        for words, answer in ((b"alice\r", b"login: ann\n"), (b"x", b"bye")):
            await link.write(words)
            assert await link.read_exactly(len(answer)) == answer
        await link.close()

    assert play(script(*TYPED, known=Knowledge(Telnet), match="none"), peer).departure is None


def test_a_peer_that_is_reset_has_ended() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"warp")
        await asyncio.sleep(1)
        link.abort()

    assert play(script("> warp", "> !reset"), peer).departure is None
    departure = play(script("> warp", "< weft", "> more"), peer).departure
    assert departure is not None
    assert departure.why == "it went away"


def test_whose_turn_it_is_to_go() -> None:
    """A whole recording without an end waits for the peer's; a cut one doesn't."""

    async def goes_on(link: Stream) -> None:
        await link.write(b"warpmore")
        await link.write_eof()

    departure = play(script("> warp"), goes_on).departure
    assert departure is not None
    assert (departure.number, departure.heard) == (1, b"more")
    assert play(script("> warp", flaw="it is cut"), goes_on).departure is None


def test_both_end_at_once() -> None:
    """Who was first is the recorder's guess: nobody waits for the other."""

    async def peer(link: Stream) -> None:
        await link.write(b"warp")
        assert await link.read() == b""
        await link.write_eof()

    assert play(script("> warp", "> !end", "< !end"), peer).departure is None


def test_a_peer_that_has_gone_before_we_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(_: Stream) -> None:
        raise OSError(107, "not connected")

    async def peer(link: Stream) -> None:
        await link.write(b"warp")
        link.abort()

    monkeypatch.setattr(Stream, "write_eof", gone)
    assert play(script("> warp", "> !end", "< !end"), peer).departure is None


def test_a_half_close() -> None:
    async def peer(link: Stream) -> None:
        assert await link.read() == b"weft"
        assert await link.read() == b""
        await link.write(b"warp")
        await link.write_eof()

    assert play(script("< weft", "< !end", "> warp", "> !end"), peer).departure is None


def test_a_peer_that_has_heard_enough() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"x")
        link.abort()

    assert play(script("> x", "< a", "< b", "> !reset"), peer).departure is None


def test_a_peer_that_leaves_too_early() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"x")
        link.abort()
        await asyncio.sleep(0)

    with pytest.raises(ConnectionLost):
        play(script("> x", "< a", "> y"), peer, timing=True)


def test_silence() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"wa")
        await asyncio.sleep(60)

    with pytest.raises(DeadlineExceeded):
        play(script("> warp"), peer)


def test_units_tags_and_pings() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"zz1 NOOP\r\n")
        assert await link.read_line() == b"zz1 OK done\r\n"

    made = script("> a1 NOOP\r\n", "< a1 OK done\r\n", "< !end", known=Knowledge(Imap))
    assert play(made, peer).departure is None

    async def pings(link: Stream) -> None:
        await link.write(b"JOIN #a\r\nPING :x\r\nPART #a\r\n")
        assert await link.read_line() == b":a JOIN #a\r\n"
        assert await link.read_line() == b"PONG :x\r\n"
        await link.write_eof()

    made = script("> JOIN #a\r\n", "< :a JOIN #a\r\n", "> PART #a\r\n", "> !end", known=Knowledge(Irc))
    assert play(made, pings).departure is None


def test_nothing_is_compared() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"something else")
        assert await link.read_exactly(4) == b"weft"

    assert play(script("> warp", "< weft", "< !end", match="none"), peer).departure is None


def test_tls_in_the_middle() -> None:
    around = Around()

    async def peer(link: Stream) -> None:
        await link.write(b"STARTTLS\n")
        assert await link.read_exactly(5) == b"go\nok"

    assert play(script("> STARTTLS\n", "< go\n", "> !secure", "< ok", "< !end"), peer, around=around).departure is None
    assert around.secured == 1


class Waits(Around):
    """Somebody is waited for who says something after 5 s, and ends; or who never comes."""

    def __init__(self, said: bytes = b"") -> None:
        self._said = said

    async def listen(self) -> Any:
        said = self._said

        class Waiting:
            address = (2, ("127.0.0.1", 258))

            async def accept(self) -> Stream:
                if not said:
                    await asyncio.Event().wait()
                near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
                pair(near, far)
                asyncio.get_running_loop().call_later(5, far.write_soon, said)
                asyncio.get_running_loop().call_later(5, far.transport.close)
                return near

        return Waiting()


def beside(*steps: str) -> Script:
    """A server's side that is asked for a place, gets a transfer there, and tells when it is done."""
    data = track(*steps, number=1)
    late = [msgspec.structs.replace(step, time=5 * SECOND // 2) for step in data.steps]
    data = msgspec.structs.replace(data, started=3 * SECOND // 2, steps=late)
    control = track("> PASV\r\n", "< 227 (192,0,2,2,4,5)\r\n", "> STOR a\r\n", "< 226 done\r\n", "< !end")
    return write_script(control, SERVER, "loose", Knowledge(Ftp), lambda _place, _time: data)


def test_what_is_beside_is_waited_for() -> None:
    async def peer(link: Stream) -> None:
        await link.write(b"PASV\r\n")
        assert await link.read_line() == b"227 Entering Passive Mode (127,0,0,1,1,2)\r\n"
        await link.write(b"STOR a\r\n")
        assert await link.read_line() == b"226 done\r\n"
        assert asyncio.get_running_loop().time() == 5.0

    played = play(beside("> warp", "> !end"), peer, around=Waits(b"warp"))
    assert played.departure is None
    assert [(one.heard, one.departure) for one in played.beside] == [(4, None)]


def test_who_departs_isn_t_waited_for_beside() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        near, far = Stream(loop, idle=50.0), Stream(loop)
        pair(near, far)
        player = asyncio.ensure_future(StreamPlayer(near, beside("> warp"), Waits()).play())
        await far.write(b"PASV\r\nRETR b\r\n")
        played = await player
        assert played.departure is not None
        assert (played.departure.number, played.beside) == (2, [])
        assert loop.time() == 0.0

    run(main())


def test_what_was_played_before() -> None:
    async def peer(link: Stream) -> None:
        assert await link.read_exactly(4) == b"weft"

    played = play(script("< 220", "> warp", "< weft", "< !end"), peer, begun=1, early=b"warp")
    assert (played.said, played.heard, played.departure) == (7, 4, None)
