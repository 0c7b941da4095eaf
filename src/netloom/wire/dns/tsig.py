"""Transaction signatures: messages signed and checked with a shared key (RFC 8945)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from msgspec import Struct

from netloom.endpoint import Secret
from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes
from netloom.wire.dns.message import HEADER_SIZE, Message, Record
from netloom.wire.dns.names import from_text, read_name

ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1")
FUDGE = 300
"""Seconds by which two clocks may differ (RFC 8945 §10)."""
BADSIG, BADKEY, BADTIME = 16, 17, 18

_RULE = "RFC 8945 §5"
_RECORD = struct.Struct("!HHIH")


class Key(Struct, frozen=True):
    """A shared key: its name (wire form, lower case), one of `ALGORITHMS`, and the secret (base64 where it is that)."""

    name: bytes
    algorithm: str
    secret: Secret

    def digest(self, *parts: bytes) -> bytes:
        """The MAC of some octets."""
        text = self.secret.reveal()
        try:
            octets = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            octets = text.encode()
        return hmac.new(octets, b"".join(parts), getattr(hashlib, self.algorithm.removeprefix("hmac-"))).digest()


class Signature(Struct, frozen=True):
    """What a TSIG record says. `time` in Unix seconds."""

    name: bytes
    algorithm: bytes
    time: int
    fudge: int
    mac: bytes
    id: int
    error: int
    other: bytes


def key(name: str, secret: Secret, algorithm: str = ALGORITHMS[0]) -> Key:
    """A key by its name as text. Raises LocalProtocolError."""
    if algorithm not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise LocalProtocolError(f"{algorithm!r} is no algorithm for TSIG", rule="RFC 8945 §6", hint=known)
    return Key(from_text(name).lower(), algorithm, secret)


class Chain:
    """The signatures of one request and its responses in their order: each covers the one before (RFC 8945 §5.3)."""

    __slots__ = ("_key", "_mac", "_seen")

    def __init__(self, key: Key) -> None:
        self._key = key
        self._mac = b""
        self._seen = 0

    def sign(self, data: bytes, now: int) -> bytes:
        """The next message, with its signature."""
        said = Signature(
            self._key.name, from_text(self._key.algorithm), now, FUDGE, b"", data[0] << 8 | data[1], 0, b""
        )
        mac = self._digest(data, said)
        self._follow(mac)
        return _signed(data, said, mac)

    def check(self, data: bytes, message: Message, now: int) -> int:
        """0 or the TSIG error for the next message, which was received (RFC 8945 §5.2). Raises RemoteProtocolError."""
        said = signature(message)
        if said is None:
            raise RemoteProtocolError("the message isn't signed", rule=_RULE)
        if said.error and not said.mac:
            return said.error
        if said.name.lower() != self._key.name or said.algorithm.lower() != from_text(self._key.algorithm):
            return BADKEY
        count = int.from_bytes(data[10:12]) - 1
        bare = said.id.to_bytes(2) + data[2:10] + count.to_bytes(2) + data[HEADER_SIZE : _last_record(data)]
        if not hmac.compare_digest(self._digest(bare, said), said.mac):
            return BADSIG
        self._follow(said.mac)
        return BADTIME if abs(now - said.time) > said.fudge else said.error

    def _follow(self, mac: bytes) -> None:
        self._mac = mac
        self._seen += 1

    def _digest(self, data: bytes, said: Signature) -> bytes:
        """What a MAC is of (RFC 8945 §4.3): from the third message on only the times besides the message (§5.3.1)."""
        times = said.time.to_bytes(6) + said.fudge.to_bytes(2)
        earlier = len(self._mac).to_bytes(2) + self._mac if self._seen else b""
        if self._seen > 1:
            return self._key.digest(earlier, data, times)
        variables = said.name.lower() + struct.pack("!HI", codes.CLASS_ANY, 0) + said.algorithm.lower() + times
        return self._key.digest(earlier, data, variables, struct.pack("!HH", said.error, len(said.other)), said.other)


def refused(data: bytes, signature: Signature, error: int, now: int) -> bytes:
    """A response that isn't signed and says why the request's signature wasn't taken (RFC 8945 §5.2)."""
    other = now.to_bytes(6) if error == BADTIME else b""
    said = Signature(
        signature.name, signature.algorithm, signature.time, FUDGE, b"", data[0] << 8 | data[1], error, other
    )
    return _signed(data, said, b"")


def signature(message: Message) -> Signature | None:
    """A message's signature: the last record there is, or none. Raises RemoteProtocolError."""
    signatures = [record for record in message.additional if record.rdtype == codes.TSIG]
    if not signatures:
        return None
    record = message.additional[-1]
    if len(signatures) > 1 or record.rdtype != codes.TSIG or record.rdclass != codes.CLASS_ANY:
        raise RemoteProtocolError("a signature is the last record, and the only one", rule=_RULE)
    return _parsed(record)


def _parsed(record: Record) -> Signature:
    data = record.rdata
    algorithm, at = read_name(data, 0, {})
    try:
        time_high, time_low, fudge, size = struct.unpack_from("!HIHH", data, at)
        mac = data[at + 10 : at + 10 + size]
        at += 10 + size
        number, error, other_size = struct.unpack_from("!HHH", data, at)
    except struct.error:
        raise RemoteProtocolError("a signature is cut short", rule="RFC 8945 §4.2") from None
    other = data[at + 6 :]
    if len(other) != other_size or len(mac) != size:
        raise RemoteProtocolError("a signature is cut short", rule="RFC 8945 §4.2")
    return Signature(record.name, algorithm, time_high << 32 | time_low, fudge, mac, number, error, other)


def _signed(data: bytes, said: Signature, mac: bytes) -> bytes:
    times = said.time.to_bytes(6) + said.fudge.to_bytes(2)
    end = struct.pack("!HHH", said.id, said.error, len(said.other)) + said.other
    rdata = said.algorithm + times + len(mac).to_bytes(2) + mac + end
    count = int.from_bytes(data[10:12]) + 1
    head = data[:10] + count.to_bytes(2) + data[HEADER_SIZE:]
    return head + said.name + _RECORD.pack(codes.TSIG, codes.CLASS_ANY, 0, len(rdata)) + rdata


def _last_record(data: bytes) -> int:
    """Where the last record of a message begins that was parsed without complaint."""
    at = start = HEADER_SIZE
    questions = int.from_bytes(data[4:6])
    records = sum(int.from_bytes(data[place : place + 2]) for place in (6, 8, 10))
    for number in range(questions + records):
        start = at
        while 0 < data[at] < 0xC0:
            at += data[at] + 1
        at += 2 if data[at] else 1
        at += 4 if number < questions else 10 + int.from_bytes(data[at + 8 : at + 10])
    return start
