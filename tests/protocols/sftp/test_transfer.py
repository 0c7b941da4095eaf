"""Transfers with many requests under way, at servers that answer them in their own way."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.protocols.sftp.dialogue import BLOCK
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from tests.protocols.places import body, pieces
from tests.protocols.sftp.scenes import HELLO, meet, status


class Awkward:
    """A server that reads in short pieces, in any order it likes."""

    def __init__(self, data: bytes, told: int | None, most: int) -> None:
        self.data, self.told, self.most = data, told, most
        self.asked: list[tuple[int, int]] = []
        self.written: dict[int, bytes] = {}

    def __call__(self, packet: Any) -> bytes:
        said = packets.fields(packet)
        if packet.kind == codes.OPEN:
            return packets.emit(codes.HANDLE, packet.number, b"h")
        if packet.kind in (codes.FSTAT, codes.STAT):
            return packets.emit(codes.ATTRS, packet.number, Attributes(size=self.told))
        if packet.kind == codes.READ:
            self.asked.append((said[1], said[2]))
            piece = self.data[said[1] : said[1] + min(said[2], self.most)]
            return packets.emit(codes.DATA, packet.number, piece) if piece else status(packet, codes.EOF)
        if packet.kind == codes.WRITE:
            self.written[said[1]] = said[2]
        return status(packet, codes.OK)


class TestTransfers:
    @pytest.mark.parametrize("told", [None, 0, 100_000, 50_000, 200_000])
    @pytest.mark.parametrize("most", [999, 32 * 1024])
    async def test_short_reads_and_sizes_that_are_wrong(
        self, monkeypatch: pytest.MonkeyPatch, told: int | None, most: int
    ) -> None:
        data = bytes(range(250)) * 400
        server = Awkward(data, told, most)

        async def act(client: Any) -> bytes:
            return await body(await client.get("/x"))

        assert await meet(monkeypatch, HELLO, server, act) == data

    async def test_where_handles_are_not_described(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Awkward(b"abc", 3, BLOCK)

        def answer(packet: Any) -> bytes:
            return status(packet, codes.OP_UNSUPPORTED) if packet.kind == codes.FSTAT else server(packet)

        async def act(client: Any) -> bytes:
            reply = await client.get("/x")
            assert reply.meta["size"] == 3
            return await body(reply)

        assert await meet(monkeypatch, HELLO, answer, act) == b"abc"

    async def test_pieces_are_asked_for_ahead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Awkward(bytes(1_000_000), 1_000_000, BLOCK)

        async def act(client: Any) -> int:
            reply = await client.get("/x")
            chunks = reply.chunks()
            await anext(chunks)
            await chunks.aclose()
            return len((await client.dialogue())._asked)

        assert await meet(monkeypatch, HELLO, server, act) > 20

    async def test_more_than_was_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever asks for much ahead would otherwise keep as much as a server likes to send."""
        server = Awkward(b"x" * 100, 100, 10)

        def answer(packet: Any) -> bytes:
            return (
                packets.emit(codes.DATA, packet.number, bytes(BLOCK + 1))
                if packet.kind == codes.READ
                else server(packet)
            )

        async def act(client: Any) -> bytes:
            return await body(await client.get("/x"))

        with pytest.raises(RemoteProtocolError, match="more came"):
            await meet(monkeypatch, HELLO, answer, act)

    async def test_an_empty_piece_is_no_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Awkward(b"x", 1, 10)

        def answer(packet: Any) -> bytes:
            return packets.emit(codes.DATA, packet.number, b"") if packet.kind == codes.READ else server(packet)

        async def act(client: Any) -> bytes:
            return await body(await client.get("/x"))

        with pytest.raises(RemoteProtocolError, match="gave nothing"):
            await meet(monkeypatch, HELLO, answer, act)

    async def test_what_is_put_in_pieces_of_any_size(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Awkward(b"", 0, BLOCK)

        async def act(client: Any) -> None:
            await client.put("/x", pieces(b"a" * 10, b"b" * 100_000, b"c" * 20_000, b"d"))

        await meet(monkeypatch, HELLO, server, act)
        whole = b"".join(server.written[at] for at in sorted(server.written))
        assert whole == b"a" * 10 + b"b" * 100_000 + b"c" * 20_000 + b"d"
        assert {len(piece) for at, piece in server.written.items() if at + BLOCK < len(whole)} == {BLOCK}

    async def test_a_write_that_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Awkward(b"", 0, BLOCK)

        def answer(packet: Any) -> bytes:
            return status(packet, codes.FAILURE, b"disk full") if packet.kind == codes.WRITE else server(packet)

        async def act(client: Any) -> None:
            with pytest.raises(PeerRefused, match="disk full"):
                await client.put("/x", pieces(b"a" * 10_000_000))
            assert await body(await client.get("/x")) == b""
            dialogue = await client.dialogue()
            assert not dialogue._arrived
            assert not dialogue._forgotten

        await meet(monkeypatch, HELLO, answer, act)
