"""A client's side of the options: our terminal, as far as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.wire.telnet import codes
from netloom.wire.telnet import subnegotiation as sub
from netloom.wire.telnet.codes import DO, IAC
from netloom.wire.telnet.stream import Data, Event, Reader, Subnegotiation, emit_subnegotiation
from tests.protocols.telnet.scenes import spoken

if TYPE_CHECKING:
    from netloom.links.stream import Stream


def test_what_it_is_asked() -> None:
    """A terminal's type, its size and variables are told, and of these only those that somebody gave."""
    heard: list[Event] = []

    async def server(link: Stream) -> None:
        reader = Reader()
        for option in (codes.TTYPE, codes.NAWS, codes.NEW_ENVIRON, codes.CHARSET):
            await link.write(bytes((IAC, DO, option)))
        await link.write(emit_subnegotiation(codes.TTYPE, sub.emit_terminal(None)))
        await link.write(emit_subnegotiation(codes.NEW_ENVIRON, sub.emit_variables(sub.SEND, [])))
        await link.write(emit_subnegotiation(codes.CHARSET, sub.emit_charset(sub.REQUEST, ["latin1", "UTF-8"])))
        await link.write(b"\r\nsw> ")
        while chunk := await link.read():
            for event in reader.feed(chunk):
                heard.append(event)
                if isinstance(event, Data):
                    await link.write(b"\r\nsw> ")

    async def scene(client: Any) -> None:
        await client.run("true")

    spoken(server, scene, "term=vt100,env=A=1")
    told = {event.option: event.data for event in heard if isinstance(event, Subnegotiation)}
    assert sub.parse_terminal(told[codes.TTYPE]) == "VT100"
    assert len(told[codes.NAWS]) == 4
    variables = sub.parse_variables(told[codes.NEW_ENVIRON])[1]
    assert variables == [sub.Variable(b"USER", b"ann"), sub.Variable(b"A", b"1", True)]
    assert sub.parse_charset(told[codes.CHARSET]) == (sub.ACCEPTED, ["UTF-8"])
