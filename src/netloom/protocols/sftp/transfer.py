"""Files read and written with many requests under way, each piece in its turn."""

from __future__ import annotations

from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING

from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.wire.sftp import codes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from netloom.protocols.sftp.dialogue import Dialogue


async def read(dialogue: Dialogue, handle: bytes, start: int, size: int | None) -> AsyncIterator[bytes]:
    """A file's bytes from `start` on, and then its handle is closed. As far as its `size` reaches, pieces are asked for
    ahead; then one at a time."""
    asked: deque[tuple[int, int, int]] = deque()
    at = start
    block = dialogue.block
    try:
        while True:
            while (not asked) or (size is not None and at < size and len(asked) < dialogue.many):
                asked.append((at, block, await dialogue.send(codes.READ, handle, at, block)))
                at += block
            offset, wanted, number = asked.popleft()
            data = await _piece(dialogue, number)
            while data and len(data) < wanted:
                yield data
                offset, wanted = offset + len(data), wanted - len(data)
                data = await _piece(dialogue, await dialogue.send(codes.READ, handle, offset, wanted))
            if not data:
                break
            yield data
    except BaseException:  # also where nobody reads on
        dialogue.forget((number for _, _, number in asked), handle)
        raise
    dialogue.forget(number for _, _, number in asked)
    await dialogue.close(handle)


async def _piece(dialogue: Dialogue, number: int) -> bytes:
    """What a read gives; empty at the end of the file."""
    try:
        (data,) = await dialogue.answer(number, codes.DATA)
    except PeerRefused as error:
        if error.code == codes.EOF:
            return b""
        raise
    if not data:
        raise RemoteProtocolError("a read gave nothing, and no end of the file either", rule="filexfer-02 §6.4")
    return bytes(data)


async def write(dialogue: Dialogue, handle: bytes, body: AsyncIterator[bytes], start: int) -> int:
    """Write a body from `start` on; how many bytes that were. Raises PeerRefused at the first piece that is refused."""
    under_way: deque[int] = deque()
    at = start
    try:
        async with aclosing(_pieces(body, dialogue.block)) as made:
            async for piece in made:
                if len(under_way) >= dialogue.many:
                    await dialogue.answer(under_way.popleft(), codes.STATUS)
                under_way.append(await dialogue.send(codes.WRITE, handle, at, piece))
                at += len(piece)
        while under_way:
            await dialogue.answer(under_way.popleft(), codes.STATUS)
    finally:
        dialogue.forget(under_way)
    return at - start


async def _pieces(body: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes, None]:
    """A body in pieces of one size; the last may be shorter."""
    waiting = bytearray()
    async for chunk in body:
        waiting += chunk
        while len(waiting) >= size:
            with memoryview(waiting) as seen:
                piece = bytes(seen[:size])
            del waiting[:size]
            yield piece
    if waiting:
        yield bytes(waiting)
