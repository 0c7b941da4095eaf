"""BODYSTRUCTURE and BODY: the tree of a message's parts (RFC 9051 §7.5.2)."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import envelope, mime, tokens
from netloom.wire.imap.envelope import Envelope
from netloom.wire.imap.mime import Parameters, Part

_RULE = "RFC 9051 §7.5.2"
DEPTH_LIMIT = 40

Disposition = tuple[bytes, Parameters]


class Body(Struct, frozen=True, kw_only=True):
    """One part as it is told. A multipart has `parts`, a message/rfc822 `envelope` and the message's `body`.

    Without extension data (BODY) the last five are None.
    """

    type: bytes
    subtype: bytes
    parameters: Parameters = ()
    id: bytes | None = None
    description: bytes | None = None
    encoding: bytes = b"7bit"
    size: int = 0
    lines: int | None = None
    envelope: Envelope | None = None
    body: Body | None = None
    parts: tuple[Body, ...] = ()
    md5: bytes | None = None
    disposition: Disposition | None = None
    language: tuple[bytes, ...] | None = None
    location: bytes | None = None


def make(part: Part) -> Body:
    """What is told of a part of a message."""
    fields = part.fields
    disposition = mime.parse_value(fields[b"content-disposition"]) if b"content-disposition" in fields else None
    language = fields.get(b"content-language")
    shared: dict[str, Any] = {
        "type": part.type,
        "subtype": part.subtype,
        "parameters": part.parameters,
        "disposition": disposition if disposition and disposition[0] else None,
        "language": tuple(_WORDS.findall(language)) or None if language else None,
        "location": fields.get(b"content-location"),
    }
    if part.parts:
        return Body(**shared, parts=tuple(make(one) for one in part.parts))
    inner = part.message
    return Body(
        **shared,
        id=fields.get(b"content-id"),
        description=fields.get(b"content-description"),
        encoding=part.encoding_as_told,
        size=part.end - part.body,
        lines=part.lines if part.type.lower() == b"text" or inner is not None else None,
        envelope=envelope.make(inner.fields) if inner is not None else None,
        body=make(inner) if inner is not None else None,
        md5=fields.get(b"content-md5"),
    )


_WORDS = re.compile(rb"[A-Za-z0-9-]+")


def emit(body: Body, *, extended: bool = True, utf8: bool = False) -> bytes:
    """As it is told: BODYSTRUCTURE, or BODY without extension data."""

    def text(value: bytes | None) -> bytes:
        return tokens.nstring(value, utf8=utf8)

    if body.parts:
        made = b"".join(emit(one, extended=extended, utf8=utf8) for one in body.parts) + b" " + text(body.subtype)
        if extended:
            made += b" " + _parameters(body.parameters, utf8) + _tail(body, utf8)
        return b"(" + made + b")"
    words = [
        text(body.type), text(body.subtype), _parameters(body.parameters, utf8), text(body.id), text(body.description),
        text(body.encoding), b"%d" % body.size,
    ]  # fmt: skip
    if body.envelope is not None and body.body is not None:
        words += [envelope.emit(body.envelope, utf8=utf8), emit(body.body, extended=extended, utf8=utf8)]
    if body.lines is not None:
        words.append(b"%d" % body.lines)
    made = b" ".join(words)
    if extended:
        made += b" " + text(body.md5) + _tail(body, utf8)
    return b"(" + made + b")"


def _parameters(parameters: Parameters, utf8: bool) -> bytes:
    if not parameters:
        return b"NIL"
    return b"(" + b" ".join(tokens.string(word, utf8=utf8) for pair in parameters for word in pair) + b")"


def _tail(body: Body, utf8: bool) -> bytes:
    disposition = b"NIL"
    if body.disposition is not None:
        word, parameters = body.disposition
        disposition = b"(" + tokens.string(word, utf8=utf8) + b" " + _parameters(parameters, utf8) + b")"
    language = b"NIL"
    if body.language:
        language = b"(" + b" ".join(tokens.string(word, utf8=utf8) for word in body.language) + b")"
    return b" " + disposition + b" " + language + b" " + tokens.nstring(body.location, utf8=utf8)


# Reading


def read(value: Any, depth: int = 0) -> Body:
    """A body from a parsed value, with extension data or without."""
    if not isinstance(value, list) or len(value) < 2 or depth > DEPTH_LIMIT:
        raise RemoteProtocolError("a body is a list of its fields", rule=_RULE)
    if isinstance(value[0], list):
        return _read_multipart(value, depth)
    if len(value) < 7:
        raise RemoteProtocolError("a body has seven fields at least", rule=_RULE)
    kind, subtype, parameters, id_, description, encoding, size = value[:7]
    rest = value[7:]
    inner_envelope, inner, lines = None, None, None
    name = _text(kind).lower()
    if name == b"message" and len(rest) >= 3 and isinstance(rest[0], list):
        inner_envelope, inner, lines = envelope.read(rest[0]), read(rest[1], depth + 1), _number(rest[2])
        rest = rest[3:]
    elif name == b"text" and rest:
        lines, rest = _number(rest[0]), rest[1:]
    md5 = _maybe(rest[0]) if rest else None
    return Body(
        type=_text(kind), subtype=_text(subtype), parameters=_pairs(parameters), id=_maybe(id_),
        description=_maybe(description), encoding=_maybe(encoding) or b"7bit", size=_number(size), lines=lines,
        envelope=inner_envelope, body=inner, md5=md5, **_read_tail(rest[1:]),
    )  # fmt: skip


def _read_multipart(value: list[Any], depth: int) -> Body:
    count = next((at for at, one in enumerate(value) if not isinstance(one, list)), len(value))
    if count == len(value):
        raise RemoteProtocolError("a multipart has a subtype", rule=_RULE)
    return Body(
        type=b"multipart",
        subtype=_text(value[count]),
        parts=tuple(read(one, depth + 1) for one in value[:count]),
        parameters=_pairs(value[count + 1]) if len(value) > count + 1 else (),
        **_read_tail(value[count + 2 :]),
    )


def _read_tail(rest: list[Any]) -> dict[str, Any]:
    disposition, language, location = [*rest[:3], None, None, None][:3]
    made: dict[str, Any] = {"location": _maybe(location)}
    if isinstance(disposition, list) and len(disposition) == 2:
        made["disposition"] = (_text(disposition[0]), _pairs(disposition[1]))
    if isinstance(language, list):
        made["language"] = tuple(_text(one) for one in language) or None
    elif language is not None:
        made["language"] = (_text(language),)
    return made


def _text(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    raise RemoteProtocolError("a string is expected in a body", rule=_RULE)


def _maybe(value: Any) -> bytes | None:
    return None if value is None else _text(value)


def _number(value: Any) -> int:
    if isinstance(value, int):
        return value
    raise RemoteProtocolError("a number is expected in a body", rule=_RULE)


def _pairs(value: Any) -> Parameters:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) % 2:
        raise RemoteProtocolError("parameters are names and values", rule=_RULE)
    return tuple((_text(value[at]), _text(value[at + 1])) for at in range(0, len(value), 2))
