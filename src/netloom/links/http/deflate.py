"""permessage-deflate: WebSocket messages compressed, within a limit for what they grow to (RFC 7692)."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "permessage-deflate"
OFFER = f"{NAME}; client_max_window_bits"
"""What a client of ours asks for."""
_PARAMETER = re.compile(r"([a-z_]+)(?:=\"?([0-9]{1,2})\"?)?")
_TAIL = b"\0\0\xff\xff"
_WINDOW = 12  # bits: 4 KiB of history a connection instead of 32 (RFC 7692 §8)
_MEMORY = 5
_WORTH = 64  # bytes from which compressing is tried
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION)


class Deflate(Extension):
    """The extension as wsproto has it. A message that grows beyond `limit` bytes ends the connection with 1009."""

    name = NAME

    def __init__(
        self, limit: int, own_bits: int = _WINDOW, *, own_reset: bool = False, peer_reset: bool = False
    ) -> None:
        self.limit = limit
        self._own_bits = own_bits
        self._own_reset = own_reset  # no context takeover
        self._peer_reset = peer_reset
        self._out: zlib._Compress | None = None  # made when something is worth it: it takes 32 KiB
        self._in = zlib.decompressobj(-zlib.MAX_WBITS)
        self._compressed = False  # the message that comes
        self._size = 0
        self._skipped = False  # the message that goes out is left as it is

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool | str:
        return OFFER

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        if opcode.iscontrol() or opcode is Opcode.CONTINUATION:
            return RsvBits(False, False, False)  # a compressed message says so once (RFC 7692 §6)
        self._compressed = rsv.rsv1
        self._size = 0
        return RsvBits(True, False, False)

    def frame_inbound_payload_data(self, proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes | CloseReason:
        if not self._compressed or _is_control(proto):
            return data
        return self._grow(data)

    def frame_inbound_complete(self, proto: FrameDecoder | FrameProtocol, fin: bool) -> bytes | CloseReason | None:
        if not fin or not self._compressed or _is_control(proto):
            return None
        rest = self._grow(_TAIL)
        if self._peer_reset or self._in.eof:
            self._in = zlib.decompressobj(-zlib.MAX_WBITS)
        return rest

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        if opcode not in _DATA:
            return rsv, data
        first = opcode is not Opcode.CONTINUATION
        if first:
            self._skipped = fin and len(data) < _WORTH
        if self._skipped:
            return rsv, data
        out = self._out
        if out is None:
            out = self._out = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -self._own_bits, _MEMORY)
        data = out.compress(data) + out.flush(zlib.Z_SYNC_FLUSH)
        if fin:
            data = data.removesuffix(_TAIL)
            if self._own_reset:
                self._out = None
        return RsvBits(first, rsv.rsv2, rsv.rsv3), data

    def _grow(self, data: bytes) -> bytes | CloseReason:
        try:
            grown = self._in.decompress(data, self.limit - self._size + 1)
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        self._size += len(grown)
        if self._size > self.limit:
            return CloseReason.MESSAGE_TOO_BIG
        return grown


def _is_control(proto: FrameDecoder | FrameProtocol) -> bool:
    """Whether the frame that is being read is a PING, PONG or CLOSE between the parts of a message."""
    header = getattr(proto, "header", None)
    return header is not None and header.opcode.iscontrol()


def accept(offers: Iterable[str], limit: int) -> tuple[Deflate, str] | None:
    """The first offer that a server can take, and what it answers (RFC 7692 §5)."""
    for offer in offers:
        parameters = _parse(offer)
        if parameters is None or not _is_known(parameters):
            continue
        bits = min(_WINDOW, int(parameters.get("server_max_window_bits") or _WINDOW))
        if bits < 9:
            continue  # zlib has no window of 256 bytes
        own_reset = "server_no_context_takeover" in parameters
        peer_reset = "client_no_context_takeover" in parameters
        said = [NAME, f"server_max_window_bits={bits}"]
        said += ["server_no_context_takeover"] if own_reset else []
        said += ["client_no_context_takeover"] if peer_reset else []
        if "client_max_window_bits" in parameters:
            allowed = min(_WINDOW, int(parameters["client_max_window_bits"] or _WINDOW))
            said.append(f"client_max_window_bits={allowed}")
        return Deflate(limit, bits, own_reset=own_reset, peer_reset=peer_reset), "; ".join(said)
    return None


def agreed(answer: str, limit: int) -> Deflate:
    """What a server took of our offer. Raises RemoteProtocolError for parameters that aren't (RFC 7692 §7.1)."""
    parameters = _parse(answer)
    if parameters is None or not _is_known(parameters) or not _has_values(parameters):
        raise RemoteProtocolError(f"the server answers {answer[:100]!r} to our offer", rule="RFC 7692 §7.1")
    bits = min(_WINDOW, int(parameters.get("client_max_window_bits") or _WINDOW))
    if bits < 9:
        raise RemoteProtocolError("the server wants a window of 256 bytes, which zlib hasn't", rule="RFC 7692 §7.1.2.2")
    return Deflate(
        limit,
        bits,
        own_reset="client_no_context_takeover" in parameters,
        peer_reset="server_no_context_takeover" in parameters,
    )


def _parse(text: str) -> dict[str, str | None] | None:
    """The parameters of one permessage-deflate offer or answer; None for anything else."""
    name, *rest = [part.strip(" \t") for part in text.split(";")]
    if name.lower() != NAME:
        return None
    parameters: dict[str, str | None] = {}
    for part in rest:
        found = _PARAMETER.fullmatch(part.lower())
        if found is None or found[1] in parameters:
            return None
        parameters[found[1]] = found[2]
    return parameters


def _is_known(parameters: dict[str, str | None]) -> bool:
    for name, value in parameters.items():
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if value is not None:
                return False
        elif name == "server_max_window_bits" or (name == "client_max_window_bits" and value is not None):
            if value is None or not 8 <= int(value) <= 15 or value.startswith("0"):
                return False
        elif name != "client_max_window_bits":
            return False
    return True


def _has_values(parameters: dict[str, str | None]) -> bool:
    return all(value is not None for name, value in parameters.items() if name.endswith("_bits"))
