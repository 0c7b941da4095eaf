"""What is fetched of a message: its structure, its sections, and their decoded forms (RFC 9051 §6.4.5, RFC 3516)."""

from __future__ import annotations

import binascii
import quopri
from typing import TYPE_CHECKING

from netloom.wire.imap import bodystructure, envelope, mime

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.mail import Mailbox, MessageInfo
    from netloom.wire.imap.items import Section
    from netloom.wire.imap.mime import Part

_HEADER = 16 * 1024
"""Bytes of a header that is remembered."""
_SMALL = 300
"""Bytes that a cached text takes besides itself."""


class UnknownEncoding(Exception):
    """A part can't be decoded (RFC 3516 §4.3)."""


class Text:
    """One message on its way out. What was found out about it is kept: nothing is parsed twice."""

    def __init__(self, mailbox: Mailbox, info: MessageInfo, data: bytes) -> None:
        self.info = info
        self.data = data
        self._notes = mailbox.notes
        self._key = key_of(mailbox, info.uid)

    @property
    def part(self) -> Part:
        """The structure of all of it."""
        found: Part | None = self._notes.get((*self._key, "part"))
        if found is None:
            found = mime.parse(self.data)
            self._notes.put((*self._key, "part"), found, _weight(found))
        return found

    @property
    def header(self) -> bytes:
        """The header with the empty line behind it."""
        found: bytes | None = self._notes.get((*self._key, "header"))
        if found is None:
            found = self.data[: mime.header_end(self.data, 0, len(self.data))]
            if len(found) <= _HEADER:
                self._notes.put((*self._key, "header"), found, len(found) + _SMALL)
        return found

    def envelope(self, *, utf8: bool) -> bytes:
        """ENVELOPE, as it is told."""

        def make() -> bytes:
            fields: dict[bytes, bytes] = {}
            for name, value in mime.fields_of(self.header):
                fields.setdefault(name.lower(), value)
            return envelope.emit(envelope.make(fields), utf8=utf8)

        return self._known("envelope", utf8, make)

    def structure(self, *, extended: bool, utf8: bool) -> bytes:
        """BODYSTRUCTURE, or BODY without extension data."""

        def make() -> bytes:
            return bodystructure.emit(bodystructure.make(self.part), extended=extended, utf8=utf8)

        return self._known("structure" if extended else "body", utf8, make)

    def _known(self, what: str, utf8: bool, make: Callable[[], bytes]) -> bytes:
        key = (*self._key, what, utf8)
        found: bytes | None = self._notes.get(key)
        if found is None:
            found = make()
            self._notes.put(key, found, len(found) + _SMALL)
        return found

    def section(self, section: Section) -> bytes | None:
        """BODY[…] without the brackets; None where there is no such part."""
        what = section.what
        if not section.part:
            return self._whole(what, section.fields)
        part = self.part.find(section.part)
        if part is None:
            return None
        if what == "":
            return self.data[part.body : part.end]
        if what == "MIME":
            return self.data[part.start : part.body]
        inner = part.message
        if inner is None:
            return None
        if what == "TEXT":
            return self.data[inner.body : inner.end]
        return _header(self.data[inner.start : inner.body], what, section.fields)

    def _whole(self, what: str, fields: tuple[str, ...]) -> bytes:
        if what == "":
            return self.data
        return self.data[len(self.header) :] if what == "TEXT" else _header(self.header, what, fields)

    def binary(self, section: Section) -> bytes | None:
        """BINARY[…]: a part without its transfer encoding. Raises UnknownEncoding."""
        if not section.part:
            return self.data
        part = self.part.find(section.part)
        if part is None:
            return None
        return decoded(self.data[part.body : part.end], part.encoding)


def key_of(mailbox: Mailbox, uid: int) -> tuple[str, str, int, int]:
    """What stands for a message in the notes."""
    return (mailbox.owner, mailbox.name, mailbox.index.validity, uid)


def is_known(mailbox: Mailbox, uid: int, what: str, *, utf8: bool) -> bool:
    """Whether the `header`, `envelope`, `structure` or `body` of a message is known without reading it."""
    key = key_of(mailbox, uid)
    return mailbox.notes.get((*key, what) if what == "header" else (*key, what, utf8)) is not None


def decoded(octets: bytes, encoding: bytes) -> bytes:
    """A body without its transfer encoding (RFC 2045 §6); what is broken in it is passed over."""
    if encoding == b"base64":
        return from_base64(octets)
    if encoding == b"quoted-printable":
        return quopri.decodestring(octets)
    if encoding in (b"7bit", b"8bit", b"binary"):
        return octets
    raise UnknownEncoding


def from_base64(octets: bytes) -> bytes:
    """Whatever can be read of base64, also where several that were padded stand one behind the other."""
    made = bytearray()
    for part in octets.translate(None, _NOT_BASE64).split(b"="):
        whole = part[: len(part) - (len(part) % 4 == 1)]
        made += binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return bytes(made)


_NOT_BASE64 = bytes(
    octet for octet in range(256) if octet not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)


def _header(header: bytes, what: str, fields: tuple[str, ...]) -> bytes:
    """HEADER, or some of its fields with the empty line at the end."""
    if what == "HEADER":
        return header
    wanted = {name.lower().encode() for name in fields}
    chosen = bytearray()
    taking = False
    for line in header.split(b"\n")[:-1]:  # a last line without its end isn't a field's
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].rstrip(b" \t").lower()
            taking = line != b"\r" and (name in wanted) is (what == "HEADER.FIELDS")
        if taking:
            chosen += line + b"\n"
    ended = header.endswith(b"\r\n\r\n") or header == b"\r\n"
    return bytes(chosen + b"\r\n") if ended else bytes(chosen)


def _weight(part: Part) -> int:
    """About how many bytes a structure takes."""
    inner = part.parts if part.message is None else (part.message,)
    own = 800 + sum(len(name) + len(value) + 150 for name, value in part.fields.items())
    return own + sum(_weight(one) for one in inner)
