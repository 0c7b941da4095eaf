"""Clients of SFTP, and the dialogues below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom import registry
from netloom.contents.files import Files
from netloom.protocols.sftp import server as module
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.packets import Version
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from netloom.protocols.sftp.dialogue import Dialogue


def client(place: Places, user: str = "ann", options: str = "") -> Any:
    return place.client("sftp", user=f"{user}:secret", options=options)


async def begun(place: Places) -> Dialogue:
    found: Dialogue = await place.client("sftp", user="ann:secret").dialogue()
    return found


async def raw(place: Places) -> Any:
    """A channel on which nothing was said yet."""
    client = place.client("sftp", user="ann:secret")
    await client.dialogue()
    return await client.connection.session(subsystem="sftp")


HELLO = packets.emit_version(codes.VERSION, Version(3))
LIMITED = packets.emit_version(codes.VERSION, Version(3, ((codes.LIMITS, b"1"),)))


async def meet(
    monkeypatch: pytest.MonkeyPatch, hello: bytes, answer: Callable[[Any], bytes], act: Callable[[Any], Any]
) -> Any:
    """A client at a server that answers each request as it likes, with b"" by hanging up."""

    async def serve(link: Any, content: Any, context: Any) -> None:
        stream = link.stream
        await stream.read_exactly(packets.parse_size(await stream.read_exactly(4)))
        await stream.write(hello)
        while head := await stream.read(4):
            packet = packets.parse_packet(await stream.read_exactly(packets.parse_size(head)))
            said = answer(packet)
            if not said:
                return
            await stream.write(said)

    monkeypatch.setattr(module, "serve", serve)
    registry._loaded.pop(("", "sftp", "serve"), None)
    try:
        async with places("sftp://127.0.0.1:0#host_key=none", contents=[Files(files={})]) as place:
            return await act(place.client("sftp"))
    finally:
        registry._loaded.pop(("", "sftp", "serve"), None)


def status(packet: Any, code: int, words: bytes = b"") -> bytes:
    return packets.emit(codes.STATUS, packet.number, code, words, b"")
