"""TFTP, the passive decoder: each packet in words (RFC 1350 §5)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Data, OptionAck, Packet, Refusal, Request

_SHOWN = 200
_MODES = ("netascii", "octet", "mail")


class Decoder:
    """Packets in words."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One datagram."""
        try:
            words = _words(packets.parse(data))
        except RemoteProtocolError as exc:
            words = f"no TFTP packet: {exc.message}"
        return [Said(sender=sender, words=words, size=len(data))]


def is_request(data: bytes) -> bool:
    """Whether a first datagram asks for a file, or brings one."""
    try:
        packet = packets.parse(data)
    except RemoteProtocolError:
        return False
    return isinstance(packet, Request) and packet.mode in _MODES


def _words(packet: Packet) -> str:
    if isinstance(packet, Request):
        verb = "write" if packet.writes else "read"
        return f"{verb} {_shown(packet.name)} as {_shown(packet.mode)}{_options(packet.options)}"
    if isinstance(packet, Data):
        return f"block {packet.block}, {len(packet.payload)} bytes"
    if isinstance(packet, Ack):
        return f"block {packet.block} has come"
    if isinstance(packet, OptionAck):
        return f"agreed{_options(packet.options)}"
    if isinstance(packet, Refusal):
        return f"error {packet.code} {_shown(packet.text)}".rstrip()
    raise TypeError(packet)


def _options(options: dict[str, str]) -> str:
    return _shown(f" · {' · '.join(f'{name} {value}' for name, value in options.items())}") if options else ""


def _shown(text: str) -> str:
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
