"""A message's structure: where its header, its body and each of their parts begin and end (RFC 5322, RFC 2045, 2046).

Whatever the bytes, they are some message: nothing is refused here. Lines end in CRLF.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

DEPTH_LIMIT = 20
PARTS_LIMIT = 1000
FIELDS_LIMIT = 10_000

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_TYPE = re.compile(rb"\s*([!#$&-.0-9A-Z^-z|~]+)\s*/\s*([!#$&-.0-9A-Z^-z|~]+)", re.IGNORECASE)
_WORD = re.compile(rb"\s*([!#$&-.0-9A-Z^-z|~]+)", re.IGNORECASE)
_PARAMETER = re.compile(
    rb'\s*;\s*(?:([^\s=;"()]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?', re.DOTALL | re.IGNORECASE
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_COMMENT = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)

Parameters = tuple[tuple[bytes, bytes], ...]
_ASCII: Parameters = ((b"charset", b"us-ascii"),)  # of a text that doesn't tell its own (RFC 2046 §4.1.2)


class Part(Struct):
    """A message, or one part of one: its header is data[start:body], its body data[body:end].

    `parts` are those of a multipart, `message` is the message in a message/rfc822. `fields` are the header's by name
    in lower case: the first of each, unfolded. `lines` are those of the body.
    """

    start: int
    body: int
    end: int
    fields: dict[bytes, bytes] = field(default_factory=dict)
    type: bytes = b"text"
    subtype: bytes = b"plain"
    parameters: Parameters = ()
    lines: int = 0
    parts: tuple[Part, ...] = ()
    message: Part | None = None

    @property
    def encoding_as_told(self) -> bytes:
        """The transfer encoding as it stands."""
        found = _WORD.match(self.fields.get(b"content-transfer-encoding", b""))
        return found[1] if found else b"7bit"

    @property
    def encoding(self) -> bytes:
        """The transfer encoding, in lower case."""
        return self.encoding_as_told.lower()

    def find(self, number: tuple[int, ...]) -> Part | None:
        """The part with a number such as (1, 2): a message within is passed through (RFC 9051 §6.4.5)."""
        part: Part | None = self
        for depth, one in enumerate(number):
            holder = part if part is not None and (part.parts or not depth) else part and part.message
            if holder is None:
                return None
            if holder.parts:
                part = holder.parts[one - 1] if one <= len(holder.parts) else None
            else:
                part = holder if one == 1 else None  # a message that isn't a multipart has its body as part 1
        return part


def parse(data: bytes) -> Part:
    """The structure of a whole message."""
    return _part(data, 0, len(data), b"text/plain", [PARTS_LIMIT], 0)


def fields_of(header: bytes) -> list[tuple[bytes, bytes]]:
    """All fields of a header: names as they stand, values unfolded and without space around."""
    found = []
    for match in _FIELD.finditer(header):
        found.append((match[1], unfold(match[2])))
        if len(found) == FIELDS_LIMIT:
            break
    return found


def unfold(value: bytes) -> bytes:
    """A field's value on one line (RFC 5322 §2.2.3)."""
    return (_FOLD.sub(b"", value) if b"\n" in value else value).strip()


def header_end(data: bytes, start: int, end: int) -> int:
    """Where the body begins: behind the first empty line, or at the end where there is none."""
    if data.startswith(b"\r\n", start, end):
        return start + 2
    found = data.find(b"\r\n\r\n", start, end)
    return end if found < 0 else found + 4


def parse_value(value: bytes) -> tuple[bytes, Parameters]:
    """A word and its parameters, as Content-Disposition has them (RFC 2183)."""
    found = _WORD.match(value)
    return (found[1], _parameters(value, found.end())) if found else (b"", ())


def _parameters(value: bytes, at: int) -> Parameters:
    if b"(" in value:
        value = value[:at] + _COMMENT.sub(b"", value[at:])
    made: list[tuple[bytes, bytes]] = []
    while (found := _PARAMETER.match(value, at)) is not None and len(made) < 100:
        at = found.end()
        if found[1]:
            quoted = found[2]
            made.append((found[1], found[3] or b"" if quoted is None else _ESCAPED.sub(rb"\1", quoted)))
    return tuple(made)


def _part(data: bytes, start: int, end: int, default: bytes, budget: list[int], depth: int) -> Part:  # noqa: PLR0913, PLR0917  # the state of one descent
    budget[0] -= 1
    body = header_end(data, start, end)
    fields: dict[bytes, bytes] = {}
    for name, value in fields_of(data[start:body]):
        fields.setdefault(name.lower(), value)
    made = Part(start, body, end, fields)
    value = fields.get(b"content-type", default)
    found = _TYPE.match(value)
    if found is None:  # what can't be read is text (RFC 2045 §5.2)
        value = default if b"content-type" not in fields else b"text/plain"
        found = _TYPE.match(value)
    if found is not None:
        made.type, made.subtype = found[1], found[2]
        made.parameters = _parameters(value, found.end())
    if made.type.lower() == b"text" and not any(name.lower() == b"charset" for name, _ in made.parameters):
        made.parameters += _ASCII
    made.lines = data.count(b"\n", body, end)
    if depth >= DEPTH_LIMIT or budget[0] <= 0:
        return _opaque(made)
    kind, subtype = made.type.lower(), made.subtype.lower()
    if kind == b"multipart":
        inner = b"message/rfc822" if subtype == b"digest" else b"text/plain"
        boundary = next((value for name, value in made.parameters if name.lower() == b"boundary" and value), b"")
        made.parts = tuple(
            _part(data, first, last, inner, budget, depth + 1)
            for first, last in (_between(data, body, end, boundary, budget) if boundary else ())
        )
    elif kind == b"message" and subtype in (b"rfc822", b"global") and made.encoding in (b"7bit", b"8bit", b"binary"):
        made.message = _part(data, body, end, b"text/plain", budget, depth + 1)
    if kind == b"multipart" and not made.parts:
        made.parts = (Part(end, end, end, parameters=_ASCII),)  # one without any can't be told of (RFC 9051 §9)
    return made


def _opaque(part: Part) -> Part:
    """What is too deep to be looked at is bytes."""
    if part.type.lower() in (b"multipart", b"message"):
        part.type, part.subtype, part.parameters = b"application", b"octet-stream", ()
    return part


def _between(data: bytes, start: int, end: int, boundary: bytes, budget: list[int]) -> list[tuple[int, int]]:
    """Where the parts between boundaries begin and end (RFC 2046 §5.1.1)."""
    mark = b"--" + boundary
    found: list[tuple[int, int]] = []
    begin = -1
    at = start - 2 if start >= 2 and data.startswith(mark, start, end) else data.find(b"\r\n" + mark, start, end)
    while at >= 0:
        line = at + 2 + len(mark)
        stop = data.find(b"\r\n", line, end)
        rest = data[line : end if stop < 0 else min(stop, line + 200)]
        last = rest.startswith(b"--")
        if not (rest[2:] if last else rest).strip(b" \t"):
            if begin >= 0:
                found.append((begin, max(begin, at)))
            begin = -1
            if last or len(found) >= budget[0]:
                break
            begin = end if stop < 0 else stop + 2
            line = begin - 2  # the next boundary may follow at once
        at = data.find(b"\r\n" + mark, line, end)
    if begin >= 0:
        found.append((begin, end))
    return found
