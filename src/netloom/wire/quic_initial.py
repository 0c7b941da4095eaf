"""QUIC's first packets, whose keys everybody can derive: the ClientHello in them (RFC 9001 §5, RFC 9369 §3)."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import RemoteProtocolError
from netloom.wire import tls_hello
from netloom.wire.http3 import varint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.wire.tls_hello import ClientHello

VERSION_1, VERSION_2 = 1, 0x6B3343CF
CRYPTO_LIMIT = 1 << 14
"""Octets of the handshake that are put together."""
PACKETS = 8
"""Packets of one datagram that are opened at most."""

_MOST_ID = 20
_TAG = 16
_SAMPLE = 16
_PADDING = re.compile(rb"\0+")
_PING, _ACK, _ACK_ECN, _CRYPTO, _CLOSE = 1, 2, 3, 6, 0x1C
_FRAMES = "RFC 9000 §12.4"


class Version(NamedTuple):
    """What a version has of its own: its salt, what its keys are called, and the types of packets that have lengths."""

    salt: bytes
    label: str
    initial: int
    lengthy: tuple[int, ...]


VERSIONS = {
    VERSION_1: Version(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), "quic", 0, (0, 1, 2)),
    VERSION_2: Version(bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), "quicv2", 1, (1, 2, 3)),
}


class Keys(NamedTuple):
    """Those of one side: of its packets, their nonces, and its headers."""

    key: bytes
    iv: bytes
    header: bytes


class Packet(NamedTuple):
    """An Initial as it stands in a datagram: where its number begins and where it ends, from `start`."""

    version: int
    destination: bytes
    start: int
    number: int
    end: int


def keys(destination: bytes, version: int = VERSION_1, sender: str = "client") -> Keys:
    """A side's keys, from the first connection ID that the client chose for the server (RFC 9001 §5.2)."""
    own = VERSIONS[version]
    initial = hmac.digest(own.salt, destination, "sha256")
    secret = _expand(initial, f"{sender} in", 32)
    return Keys(*(_expand(secret, f"{own.label} {what}", size) for what, size in (("key", 16), ("iv", 12), ("hp", 16))))


def _expand(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label without a context; one block is enough (RFC 8446 §7.1, RFC 5869 §2.3)."""
    name = b"tls13 " + label.encode("ascii")
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0"
    return hmac.digest(secret, info + b"\1", hashlib.sha256)[:size]


def initials(data: bytes) -> Iterator[Packet]:
    """The Initials of a datagram, of those versions whose keys are known; ends at what has another form."""
    at = 0
    while at + 7 <= len(data) and data[at] & 0xC0 == 0xC0:
        number = int.from_bytes(data[at + 1 : at + 5], "big")
        version = VERSIONS.get(number)
        kind = data[at] >> 4 & 3
        source = at + 6 + data[at + 5]
        if version is None or kind not in version.lengthy or data[at + 5] > _MOST_ID or source >= len(data):
            return
        token = source + 1 + data[source]
        if kind == version.initial:
            size = varint.parse(data, token)
            token = size[1] + size[0] if size is not None else len(data)
        length = varint.parse(data, token)
        if length is None or length[1] + length[0] > len(data):
            return
        end = length[1] + length[0]
        if kind == version.initial:
            yield Packet(number, data[at + 6 : source], at, length[1], end)
        at = end


def opened(data: bytes, packet: Packet, own: Keys) -> bytes | None:
    """The frames of a packet; None where the keys aren't its own (RFC 9001 §5.3, §5.4)."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    # How long the number is, is told by what has to be opened first: it is taken for the longest (§5.4.2)
    sample = data[packet.number + 4 : packet.number + 4 + _SAMPLE]
    if packet.number + 4 + _SAMPLE > packet.end:
        return None
    mask = Cipher(AES(own.header), ECB()).encryptor().update(sample)  # noqa: S305  # one block, as §5.4.3 has it
    first = data[packet.start] ^ mask[0] & 0x0F
    size = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(data[packet.number : packet.number + size], mask[1:], strict=False))
    header = bytes([first]) + data[packet.start + 1 : packet.number] + number
    nonce = (int.from_bytes(own.iv, "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    try:
        return AESGCM(own.key).decrypt(nonce, data[packet.number + size : packet.end], header)
    except InvalidTag:
        return None


def crypto(frames: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces of the handshake among an Initial's frames, with their offsets. Raises RemoteProtocolError."""
    numbers = _Numbers(frames)
    while numbers.at < len(frames):
        kind = numbers.take()
        if kind == 0:
            padding = _PADDING.match(frames, numbers.at)
            numbers.at = padding.end() if padding else numbers.at
        elif kind in (_ACK, _ACK_ECN):
            _, _, ranges, _ = (numbers.take() for _ in range(4))
            numbers.skip(2 * ranges)
            numbers.skip(3 if kind == _ACK_ECN else 0)
        elif kind == _CRYPTO:
            offset, size = numbers.take(), numbers.take()
            yield offset, numbers.octets(size)
        elif kind == _CLOSE:
            numbers.skip(2)
            numbers.octets(numbers.take())
        elif kind != _PING:
            raise RemoteProtocolError(f"a frame of type {kind} in an Initial", rule=_FRAMES, offset=numbers.at)


class _Numbers:
    """Numbers of variable length, and octets, one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self) -> int:
        found = varint.parse(self._data, self.at)
        if found is None:
            raise RemoteProtocolError("a frame isn't whole", rule=_FRAMES, offset=self.at)
        value, self.at = found
        return value

    def skip(self, count: int) -> None:
        for _ in range(count):
            self.take()

    def octets(self, size: int) -> bytes:
        at, self.at = self.at, self.at + size
        if self.at > len(self._data):
            raise RemoteProtocolError(f"a frame of {size} octets isn't whole", rule=_FRAMES, offset=at)
        return self._data[at : self.at]


class Reader:
    """Finds the ClientHello in what a client sends first, over as many datagrams as it takes, in any order."""

    def __init__(self) -> None:
        self._chosen: bytes | None = None
        self._keys: dict[tuple[int, bytes], Keys] = {}
        self._data = bytearray()
        self._there = bytearray()
        self._whole = 0

    def feed(self, datagram: bytes) -> ClientHello | None:
        """A datagram of the client; gives the ClientHello once it is whole.

        Packets that can't be opened are passed over, as every receiver does. Raises RemoteProtocolError for what was
        opened and isn't right.
        """
        for count, packet in enumerate(initials(datagram)):
            if count == PACKETS:
                break
            frames = self._open(datagram, packet)
            for offset, data in crypto(frames) if frames is not None else ():
                self._put(offset, data)
        message = tls_hello.message_in(self._data[: self._whole])
        return tls_hello.parse(message) if message is not None else None

    def _open(self, datagram: bytes, packet: Packet) -> bytes | None:
        """The frames of a packet, if a key opens it (RFC 9001 §5.2).

        Keys come from the ID that the client chose first, also when the server has named its own since; after a Retry
        from the one in there.
        """
        for chosen in (self._chosen, packet.destination):
            if chosen is None:
                continue
            known = (packet.version, chosen)
            own = self._keys.get(known) or keys(chosen, packet.version)
            frames = opened(datagram, packet, own)
            if frames is not None:
                self._keys = {known: own}
                self._chosen = chosen
                return frames
        return None

    def _put(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        if end > CRYPTO_LIMIT:
            raise RemoteProtocolError(f"a handshake of {end} octets in Initials", rule="RFC 9000 §7.5")
        if end > len(self._data):
            more = bytes(end - len(self._data))
            self._data += more
            self._there += more
        self._data[offset:end] = data
        self._there[offset:end] = b"\1" * len(data)
        found = self._there.find(0, self._whole)
        self._whole = found if found >= 0 else len(self._there)
