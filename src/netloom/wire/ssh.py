"""What SSH says before it encrypts: greeting, packets, key exchange proposals, host keys (RFC 4253, RFC 5656)."""

from __future__ import annotations

import base64
import hashlib
import re
import struct

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

KEXINIT, NEWKEYS = 20, 21
LINE_LIMIT = 8192
"""Bytes of one line before the version (RFC 4253 §4.2 gives none), and of the version with its CR LF it is 255."""
VERSION_LIMIT = 255
LINES = 1024
"""Lines that a server may say before its version."""
PACKET_LIMIT = 35000
"""Bytes of a packet that everybody must take (RFC 4253 §6.1)."""
NAME_LIMIT = 64
"""Bytes of an algorithm's name (RFC 4251 §6)."""

_RULE_VERSION = "RFC 4253 §4.2"
_RULE_PACKET = "RFC 4253 §6"
_RULE_KEXINIT = "RFC 4253 §7.1"
_RULE_TYPES = "RFC 4251 §5"
_RULE_REPLY = "RFC 4253 §8"
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\xff]")
_NAME = re.compile(rb"[\x21-\x2b\x2d-\x7e]{1,64}")  # printable, without a comma
_VERSION = re.compile(rb"SSH-([^\s-]{1,32})-([\x21-\x2c\x2e-\x7e][\x21-\x7e]*)?(?: (.*))?")

STRICT_SERVER = "kex-strict-s-v00@openssh.com"
"""Listed by a server that numbers packets anew with new keys, so that none can be cut out (CVE-2023-48795)."""
_MARKS = re.compile(r"ext-info-[cs]|kex-strict-[cs]-v00@openssh\.com")


class Version(Struct, frozen=True):
    """Who speaks: `SSH-protocol-software comments`."""

    protocol: str
    software: str
    comments: str = ""

    def __str__(self) -> str:
        return f"SSH-{self.protocol}-{self.software}{' ' + self.comments if self.comments else ''}"


class Greeting(Struct, frozen=True):
    """A version, and the lines that a server said before it."""

    version: Version
    lines: tuple[str, ...] = ()


class KexInit(Struct, frozen=True, kw_only=True):
    """What one side can do, each list by preference. `c2s` is from client to server."""

    cookie: bytes
    kex: tuple[str, ...]
    host_key: tuple[str, ...]
    ciphers_c2s: tuple[str, ...]
    ciphers_s2c: tuple[str, ...]
    macs_c2s: tuple[str, ...]
    macs_s2c: tuple[str, ...]
    compression_c2s: tuple[str, ...]
    compression_s2c: tuple[str, ...]
    languages_c2s: tuple[str, ...] = ()
    languages_s2c: tuple[str, ...] = ()
    first_kex_packet_follows: bool = False

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The key exchange methods, without the marks that stand among them."""
        return tuple(name for name in self.kex if not _MARKS.fullmatch(name))

    @property
    def strict(self) -> bool:
        """Whether a server offers strict key exchange."""
        return STRICT_SERVER in self.kex


_LISTS = (
    "kex", "host_key", "ciphers_c2s", "ciphers_s2c", "macs_c2s", "macs_s2c", "compression_c2s", "compression_s2c",
    "languages_c2s", "languages_s2c",
)  # fmt: skip


def emit_version(version: Version) -> bytes:
    """The line that each side begins with."""
    line = str(version).encode("utf-8", "surrogateescape")
    if len(line) > VERSION_LIMIT - 2 or _version(line) != version:
        raise LocalProtocolError(f"{str(version)!r} is no version of SSH", rule=_RULE_VERSION)
    return line + b"\r\n"


def parse_greeting(buffer: bytes) -> tuple[Greeting, int] | None:
    """A version and the lines before it. What is binary, or no SSH, is refused as soon as it shows."""
    lines: list[str] = []
    start = 0
    while True:
        end = buffer.find(b"\n", start)
        line = buffer[start : end if end >= 0 else len(buffer)]
        binary = _BINARY.search(line)
        if binary:
            at = start + binary.start()
            raise RemoteProtocolError("binary data before the version", rule=_RULE_VERSION, offset=at)
        if len(line) > LINE_LIMIT:
            raise RemoteProtocolError(f"a line of more than {LINE_LIMIT} bytes", rule=_RULE_VERSION, offset=start)
        if end < 0:
            return None
        line = line.removesuffix(b"\r")
        if line.startswith(b"SSH-"):
            version = _version(line)
            if version is None or len(line) > VERSION_LIMIT - 2:
                raise RemoteProtocolError("SSH-PROTOCOL-SOFTWARE is expected", rule=_RULE_VERSION, offset=start)
            return Greeting(version, tuple(lines)), end + 1
        lines.append(line.decode("utf-8", "surrogateescape"))
        if len(lines) > LINES:
            raise RemoteProtocolError(f"more than {LINES} lines before the version", rule=_RULE_VERSION, offset=start)
        start = end + 1


def emit_greeting(greeting: Greeting) -> bytes:
    """The lines, then the version."""
    before = b"".join(line.encode("utf-8", "surrogateescape") + b"\r\n" for line in greeting.lines)
    if len(greeting.lines) > LINES or parse_greeting(before + b"SSH-2.0-x\n") != (
        Greeting(Version("2.0", "x"), greeting.lines),
        len(before) + 10,
    ):
        raise LocalProtocolError("these lines can't stand before a version", rule=_RULE_VERSION)
    return before + emit_version(greeting.version)


def _version(line: bytes) -> Version | None:
    found = _VERSION.fullmatch(line)
    if found is None:
        return None
    parts = [(part or b"").decode("utf-8", "surrogateescape") for part in found.groups()]
    # An empty comment after a space is said by some: it is the same version.
    return Version(parts[0], parts[1], parts[2])


def emit_packet(payload: bytes, padding: bytes | None = None) -> bytes:
    """A packet without encryption. `padding` (zeros by default) must fill it to a multiple of eight."""
    size = 8 - (len(payload) + 5) % 8
    size += 8 if size < 4 else 0
    padding = bytes(size) if padding is None else padding
    if not payload or not 4 <= len(padding) <= 255 or (len(payload) + len(padding) + 5) % 8:
        raise LocalProtocolError("a packet has a payload, and 4 to 255 bytes of padding", rule=_RULE_PACKET)
    length = len(payload) + len(padding) + 1
    if length + 4 > PACKET_LIMIT:
        raise LocalProtocolError(f"a packet of more than {PACKET_LIMIT} bytes", rule="RFC 4253 §6.1")
    return struct.pack(">IB", length, len(padding)) + payload + padding


def parse_packet(buffer: bytes) -> tuple[bytes, int] | None:
    """The payload of a packet without encryption."""
    if len(buffer) < 4:
        return None
    length = int.from_bytes(buffer[:4], "big")
    if length + 4 > PACKET_LIMIT:
        raise RemoteProtocolError(f"a packet of {length + 4} bytes", rule="RFC 4253 §6.1", offset=0)
    if len(buffer) < 5:
        return None
    padding = buffer[4]
    if padding < 4 or length < padding + 2 or (length + 4) % 8:
        message = f"{padding} bytes of padding in a packet of {length + 4}"
        raise RemoteProtocolError(message, rule=_RULE_PACKET, offset=4)
    if len(buffer) < length + 4:
        return None
    return bytes(buffer[5 : 4 + length - padding]), length + 4


def emit_kexinit(proposal: KexInit) -> bytes:
    """The payload of SSH_MSG_KEXINIT."""
    if len(proposal.cookie) != 16:
        raise LocalProtocolError("a cookie has 16 bytes", rule=_RULE_KEXINIT)
    lists = b"".join(_emit_names(getattr(proposal, name)) for name in _LISTS)
    return bytes((KEXINIT,)) + proposal.cookie + lists + bytes((proposal.first_kex_packet_follows,)) + bytes(4)


def _emit_names(names: tuple[str, ...]) -> bytes:
    try:
        said = [name.encode("ascii") for name in names]
    except UnicodeEncodeError:
        said = [b""]
    if not all(_NAME.fullmatch(name) for name in said):
        raise LocalProtocolError(f"names of 1 to {NAME_LIMIT} printable ASCII characters", rule="RFC 4251 §6")
    return emit_string(b",".join(said))


def parse_kexinit(payload: bytes) -> KexInit:
    """A side's proposal. Bytes after its end are let through, as servers do."""
    if payload[:1] != bytes((KEXINIT,)) or len(payload) < 17:
        raise RemoteProtocolError("SSH_MSG_KEXINIT is expected", rule=_RULE_KEXINIT, offset=0)
    at = 17
    lists: dict[str, tuple[str, ...]] = {}
    for name in _LISTS:
        text, after = parse_string(payload, at)
        names = text.split(b",") if text else []
        if not all(_NAME.fullmatch(one) for one in names):
            raise RemoteProtocolError("a name list has an illegal name", rule="RFC 4251 §6", offset=at)
        lists[name] = tuple(one.decode("ascii") for one in names)
        at = after
    if len(payload) < at + 5:
        raise RemoteProtocolError("the proposal ends within itself", rule=_RULE_KEXINIT, offset=len(payload))
    return KexInit(cookie=payload[1:17], first_kex_packet_follows=payload[at] != 0, **lists)


def agreed(client: tuple[str, ...], server: tuple[str, ...]) -> str:
    """The first of the client's names that the server has too, or nothing (RFC 4253 §7.1)."""
    return next((name for name in client if name in server and not _MARKS.fullmatch(name)), "")


def reply_number(method: str) -> int:
    """The message in which a server shows its host key: it depends on the key exchange method."""
    if method.startswith("diffie-hellman-group-exchange-"):
        return 33  # RFC 4419 §5
    if method.startswith("rsa"):
        return 30  # RFC 4432 §4
    return 31  # RFC 4253 §8, RFC 5656 §4


def parse_host_key(payload: bytes, method: str) -> bytes | None:
    """The host key in a server's answer to the key exchange, or None where it is another message."""
    if not payload or not method or payload[0] != reply_number(method):
        return None
    key = parse_string(payload, 1)[0]
    key_type(key)
    return key


def key_type(key: bytes) -> str:
    """The type of a public key, as it names itself (RFC 4253 §6.6)."""
    name = parse_string(key, 0)[0]
    if not _NAME.fullmatch(name):
        raise RemoteProtocolError("a public key doesn't name its type", rule="RFC 4253 §6.6", offset=0)
    return name.decode("ascii")


def fingerprint(key: bytes) -> str:
    """A public key's fingerprint as OpenSSH writes it, `SHA256:…`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def emit_string(text: bytes) -> bytes:
    """A length, and as many bytes (RFC 4251 §5)."""
    return struct.pack(">I", len(text)) + text


def parse_string(data: bytes, at: int) -> tuple[bytes, int]:
    """The string that stands at an offset of whole data, and the offset after it."""
    end = at + 4 + int.from_bytes(data[at : at + 4], "big")
    if len(data) < at + 4 or end > len(data):
        raise RemoteProtocolError("a string ends after the message", rule=_RULE_TYPES, offset=at)
    return bytes(data[at + 4 : end]), end
