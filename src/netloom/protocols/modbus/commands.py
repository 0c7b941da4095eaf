"""Functions that are neither reading nor writing, each a word and its numbers: what `run` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import UsageError
from netloom.protocols.modbus.identity import identity
from netloom.protocols.modbus.texts import number
from netloom.shapes import Reply
from netloom.wire.modbus import codes, requests, responses
from netloom.wire.modbus.requests import (
    Diagnose,
    FileRecord,
    MaskWrite,
    Plain,
    ReadFifo,
    ReadFile,
    ReadWrite,
    WriteFile,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.protocols.modbus.dialogue import Dialogue

_LEVELS = {"basic": codes.BASIC, "regular": codes.REGULAR, "extended": codes.EXTENDED}


async def run(dialogue: Dialogue, command: str) -> Reply:
    """Carry out a command. Raises UsageError for one that is none, PeerRefused."""
    word, *rest = command.split() or [""]
    known = COMMANDS.get(word)
    if known is None:
        raise UsageError(f"{word[:40]!r} is no command", hint="; ".join(f"{n} {a}".strip() for n, (_, a) in _LISTED))
    carry_out, arguments = known
    try:
        return Reply({"unit": dialogue.unit}, value=await carry_out(dialogue, rest))
    except _Wrong:
        raise UsageError(f"{word} doesn't take {' '.join(rest)!r}", hint=f"{word} {arguments}".strip()) from None


class _Wrong(Exception):
    """The arguments are others than a command takes."""


async def _identify(dialogue: Dialogue, rest: list[str]) -> Any:
    if not rest:
        return await identity(dialogue)
    (word,) = _exactly(rest, 1)
    if word in _LEVELS:
        return await identity(dialogue, _LEVELS[word])
    return await identity(dialogue, codes.ONE_OBJECT, number(word))


async def _diagnose(dialogue: Dialogue, rest: list[str]) -> Any:
    if not 1 <= len(rest) <= 2:
        raise _Wrong
    named = {name.replace(" ", "-"): sub for sub, name in codes.DIAGNOSES.items()}
    sub = named[rest[0]] if rest[0] in named else number(rest[0])
    answer = await dialogue.ask(Diagnose(sub, _octets(rest[1]) if len(rest) > 1 else b"\0\0"))
    data = answer.data if isinstance(answer, Diagnose) else b""
    counts = len(data) == 2 and sub != codes.RETURN_QUERY
    return int.from_bytes(data) if counts else data.hex()


async def _status(dialogue: Dialogue, rest: list[str]) -> Any:
    answer = await _plain(dialogue, rest, codes.EXCEPTION_STATUS)
    return answer.status


async def _event_counter(dialogue: Dialogue, rest: list[str]) -> Any:
    answer = await _plain(dialogue, rest, codes.EVENT_COUNTER)
    return {"busy": answer.busy, "count": answer.count}


async def _event_log(dialogue: Dialogue, rest: list[str]) -> Any:
    answer = await _plain(dialogue, rest, codes.EVENT_LOG)
    return {
        "busy": answer.busy,
        "count": answer.count,
        "messages": answer.messages,
        "events": [f"{event:#04x}" for event in answer.events],
    }


async def _server_id(dialogue: Dialogue, rest: list[str]) -> Any:
    answer = await _plain(dialogue, rest, codes.SERVER_ID)
    return answer.data.hex()


async def _mask(dialogue: Dialogue, rest: list[str]) -> Any:
    address, and_mask, or_mask = map(number, _exactly(rest, 3))
    await dialogue.ask(MaskWrite(address, and_mask, or_mask))
    return None


async def _read_write(dialogue: Dialogue, rest: list[str]) -> Any:
    address, count, write_address, *values = map(number, _exactly(rest, 4, more=True))
    answer = await dialogue.ask(ReadWrite(address, count, write_address, tuple(values)))
    return list(answer.values) if isinstance(answer, responses.Words) else []


async def _fifo(dialogue: Dialogue, rest: list[str]) -> Any:
    (address,) = map(number, _exactly(rest, 1))
    answer = await dialogue.ask(ReadFifo(address))
    return list(answer.values) if isinstance(answer, responses.Fifo) else []


async def _read_file(dialogue: Dialogue, rest: list[str]) -> Any:
    file, record, count = map(number, _exactly(rest, 3))
    answer = await dialogue.ask(ReadFile((FileRecord(file, record, count),)))
    return [list(values) for values in answer.records] if isinstance(answer, responses.FileWords) else []


async def _write_file(dialogue: Dialogue, rest: list[str]) -> Any:
    file, record, *values = map(number, _exactly(rest, 3, more=True))
    await dialogue.ask(WriteFile((FileRecord(file, record, values=tuple(values)),)))
    return None


async def _pdu(dialogue: Dialogue, rest: list[str]) -> Any:
    """A function and its data as they are."""
    (text,) = _exactly(rest, 1)
    asked = _octets(text)
    if not asked or asked[0] & 0x80 or not asked[0]:
        raise _Wrong
    answer = await dialogue.ask(requests.Other(asked[0], asked[1:]))
    return responses.emit(answer).hex()


COMMANDS: dict[str, tuple[Callable[[Dialogue, list[str]], Awaitable[Any]], str]] = {
    "identify": (_identify, "[basic|regular|extended|OBJECT]"),
    "diagnose": (_diagnose, "SUBFUNCTION [HEX]"),
    "status": (_status, ""),
    "event-counter": (_event_counter, ""),
    "event-log": (_event_log, ""),
    "server-id": (_server_id, ""),
    "mask": (_mask, "ADDRESS AND OR"),
    "read-write": (_read_write, "ADDRESS COUNT WRITE-ADDRESS VALUE…"),
    "fifo": (_fifo, "ADDRESS"),
    "read-file": (_read_file, "FILE RECORD COUNT"),
    "write-file": (_write_file, "FILE RECORD VALUE…"),
    "pdu": (_pdu, "HEX"),
}
"""Commands, and what each takes."""
_LISTED = tuple(COMMANDS.items())


async def _plain(dialogue: Dialogue, rest: list[str], function: int) -> Any:
    """The response to a function that takes nothing."""
    _exactly(rest, 0)
    return await dialogue.ask(Plain(function))


def _exactly(rest: list[str], count: int, *, more: bool = False) -> list[str]:
    if len(rest) != count and not (more and len(rest) > count):
        raise _Wrong
    return rest


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise UsageError(f"{text[:40]!r} isn't in hex", hint="a537") from None
