"""Modbus, the client's side: coils and registers by address, as bits, words, numbers or texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import PeerRefused, UsageError
from netloom.protocols.modbus import commands
from netloom.protocols.modbus.dialogue import Dialogue
from netloom.protocols.modbus.identity import identity
from netloom.protocols.modbus.options import ModbusOptions
from netloom.protocols.modbus.target import TABLES, Target, start, target
from netloom.protocols.modbus.texts import as_values, count, trimmed, words_written
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire.modbus import codes
from netloom.wire.modbus.requests import Read, WriteMany, WriteOne
from netloom.wire.modbus.responses import Bits, Words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler

BODY_LIMIT = 1 << 20
"""Octets of what is to be written."""


class Client:
    """Talks to one unit over one connection, which the first verb opens."""

    Options = ModbusOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: ModbusOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.dialogue = Dialogue(dial, options.unit, endpoint.scheme.startswith("modbus+rtu"))

    async def get(self, path: str) -> Reply:
        """The values that the path names: one by itself, several as a list. Without a path, who the device is.

        Raises PeerRefused with the exception's number.
        """
        wanted = target(path or self.endpoint.path, self.endpoint.query)
        if wanted is None:
            return Reply({"unit": self.dialogue.unit}, value=await identity(self.dialogue))
        words = await self.read(wanted)
        return Reply(self._meta(wanted, words), value=as_values(wanted, words))

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Write values, with blanks, commas or lines between them: `21.5`, `on off on`, a text.

        Raises PeerRefused; where there are more than one request holds, those before are written.
        """
        text = await _text(body)
        query = self.endpoint.query
        wanted = target(path or self.endpoint.path, query, values=count(text), octets=len(trimmed(text).encode()))
        if wanted is None:
            raise UsageError("where is it to be written?", hint="/holding/0, /coil/3")
        if wanted.table not in ("coil", "holding"):
            raise UsageError(f"{wanted.table} is only read", hint="coil and holding are what is written")
        words = words_written(wanted, text)
        if len(words) != wanted.count:
            raise UsageError(f"{wanted} takes {wanted.count // wanted.width} values, not {len(words) // wanted.width}")
        await self.write(wanted, words)
        return Reply(self._meta(wanted, words), value=as_values(wanted, words))

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """Every address of a table from the path's on, an entry each, until the range or the table ends."""
        table, address, last = start(path or self.endpoint.path)
        most = codes.BITS_AT_ONCE if table in ("coil", "discrete") else codes.WORDS_AT_ONCE
        end, step, found = 65_536 if last is None else last + 1, most, False
        while address < end:
            size = min(step, end - address)
            try:
                words = await self.read(Target(table, address, size))
            except PeerRefused as exc:
                if exc.code != codes.ILLEGAL_ADDRESS or (size == 1 and not found):
                    raise
                if size == 1:
                    return
                step = size // 2
                continue
            found = True
            for at, word in enumerate(words, address):
                value = bool(word) if most == codes.BITS_AT_ONCE else word
                yield Entry(name=f"{table}/{at}", path=f"/{table}/{at}", kind=table, value=value)
            address += size

    async def run(self, command: str) -> Reply:
        """Any other function, by a word and its numbers: `identify`, `mask 4 0xF2 0x25`. Raises PeerRefused."""
        return await commands.run(self.dialogue, command)

    async def close(self) -> None:
        """Close the connection."""
        await self.dialogue.close()

    # For the probe, too

    async def read(self, wanted: Target) -> tuple[int, ...]:
        """Bits or words, in as many requests as it takes; a value is never cut in two."""
        function = TABLES[wanted.table]
        most = codes.BITS_AT_ONCE if wanted.is_bits else codes.WORDS_AT_ONCE
        most -= most % min(wanted.width, most)
        found: list[int] = []
        while len(found) < wanted.count:
            size = min(most, wanted.count - len(found))
            response = await self.dialogue.ask(Read(function, wanted.address + len(found), size))
            if isinstance(response, Bits | Words):
                found += response.values[:size]
        return tuple(found)

    async def write(self, wanted: Target, words: tuple[int, ...]) -> None:
        """Write bits or words, in as many requests as it takes."""
        one = codes.WRITE_COIL if wanted.is_bits else codes.WRITE_REGISTER
        if len(words) == 1 and not self.options.multiple:
            await self.dialogue.ask(WriteOne(one, wanted.address, words[0]))
            return
        many = codes.WRITE_COILS if wanted.is_bits else codes.WRITE_REGISTERS
        most = codes.BITS_WRITTEN if wanted.is_bits else codes.WORDS_WRITTEN
        most -= most % min(wanted.width, most)
        for at in range(0, len(words), most):
            await self.dialogue.ask(WriteMany(many, wanted.address + at, words[at : at + most]))

    def _meta(self, wanted: Target, words: tuple[int, ...]) -> dict[str, Any]:
        meta = {"unit": self.dialogue.unit, "table": wanted.table, "address": wanted.address, "count": wanted.count}
        typed = {"type": wanted.type, "words": list(words)} if wanted.type else {}
        return meta | typed


async def _text(body: AsyncIterator[bytes]) -> str:
    found = bytearray()
    async for chunk in body:
        found += chunk
        if len(found) > BODY_LIMIT:
            raise UsageError(f"what is written has at most {BODY_LIMIT} octets")
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise UsageError("values are written as text, in UTF-8") from None
