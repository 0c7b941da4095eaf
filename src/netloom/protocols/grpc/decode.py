"""gRPC, the passive decoder: HTTP/2 as it passes, the messages in it by size, statuses by name (gRPC over HTTP/2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.wire.grpc import status
from netloom.wire.grpc.framing import Deframer
from netloom.wire.grpc.metadata import parse_message
from netloom.wire.http.passive import Decoder as HttpDecoder

if TYPE_CHECKING:
    from netloom.records import Said

_STATUS = re.compile(r"(.*\bgrpc-status: )(\d{1,3})$", re.DOTALL)
_MESSAGE = re.compile(r"(.*\bgrpc-message: )(.*)$", re.DOTALL)
_LIMIT = 64 * 1024
_TOLD = 20


class Decoder:
    """Both directions of one connection. Messages are told by their size: what they hold may be a secret."""

    def __init__(self) -> None:
        self._http = HttpDecoder(_explain)

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        return [_named(said) for said in self._http.feed(sender, data)]


def _explain(sender: str, body: bytes) -> list[str]:
    """The messages of one side of a call, once it has ended."""
    words: list[str] = []
    deframer = Deframer(_LIMIT)
    try:
        for number, frame in enumerate(deframer.feed(body)):
            if number < _TOLD:
                words.append(f"message {number + 1}: {len(frame.payload)} bytes{', compressed' * frame.compressed}")
            elif number == _TOLD:
                words.append("more messages")
        deframer.finish()
    except RemoteProtocolError as error:
        words.append(error.message)
    return words


def _named(said: Said) -> Said:
    found = _STATUS.match(said.words)
    if found is not None:
        return msgspec.structs.replace(said, words=f"{said.words} ({status.parse(found[2]).name})")
    found = _MESSAGE.match(said.words)
    if found is not None and "%" in found[2]:
        plain = "".join(c if c.isprintable() else "·" for c in parse_message(found[2]))
        return msgspec.structs.replace(said, words=found[1] + plain)
    return said
