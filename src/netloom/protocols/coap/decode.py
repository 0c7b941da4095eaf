"""CoAP, the passive decoder: each datagram in words (RFC 7252 §3)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.coap import codes, uri
from netloom.wire.coap.block import parse_block
from netloom.wire.coap.message import Message, parse

_SHOWN = 60
_OPTIONS = 12
_PLACES = (codes.URI_PATH, codes.URI_QUERY, codes.URI_HOST, codes.URI_PORT, codes.CONTENT_FORMAT)
_EMPTY = {codes.CON: "are you there?", codes.ACK: "heard", codes.RST: "refused", codes.NON: "nothing"}


class Decoder:
    """Each message by itself: nothing is kept."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A datagram."""
        try:
            words = in_words(parse(data))
        except RemoteProtocolError as error:
            words = f"no CoAP message: {error.message}"
        return [Said(sender=sender, words=words, size=len(data))]


def is_request(data: bytes) -> bool:
    """Whether a first datagram is a request of CoAP, or a ping."""
    try:
        message = parse(data)
    except RemoteProtocolError:
        return False
    known = message.code in codes.METHODS or (message.code == codes.EMPTY and message.type == codes.CON)
    return message.type in (codes.CON, codes.NON) and known


def in_words(message: Message) -> str:
    """A message on one line. What an Echo says isn't told: it proves who one is."""
    if message.code == codes.EMPTY:
        return f"{_EMPTY[message.type]} (id {message.id})"
    about = codes.code_name(message.code)
    if message.is_request:
        query = uri.query_of(message)
        about += f" {_shown(uri.path_of(message))}" + (f"?{_shown(query)}" if query else "")
    told = [option for option in message.options if option[0] not in _PLACES]
    marks = [_option(message, *option) for option in told[:_OPTIONS]]
    marks += [f"{len(told) - _OPTIONS} options more"] if len(told) > _OPTIONS else []
    marks += ["unconfirmed"] if message.type == codes.NON else []
    return f"{about} ({', '.join([*marks, f'id {message.id}'])}){_payload(message)}"


def _option(message: Message, number: int, value: bytes) -> str:
    name, kind, *_ = codes.OPTIONS.get(number, (f"option {number}", "opaque"))
    if number in (codes.BLOCK1, codes.BLOCK2):
        return _block(message, number, value)
    if number == codes.ECHO:
        return f"{name} •••"
    if number == codes.OBSERVE and message.is_request:
        return "observe" if not int.from_bytes(value[:8]) else "observe no longer"
    if number == codes.ACCEPT:
        return f"wants {codes.format_name(int.from_bytes(value[:8]))}"
    if kind == "uint":
        return f"{name} {int.from_bytes(value[:8])}"
    if kind == "string":
        return f"{name} {_shown(value.decode('utf-8', 'backslashreplace'))}"
    return f"{name} {value[:16].hex()}".rstrip()


def _block(message: Message, number: int, value: bytes) -> str:
    try:
        block = parse_block(value)
    except RemoteProtocolError:
        return "a block of no size"
    wanted = "wants " if number == codes.BLOCK2 and message.is_request else ""
    return f"{wanted}block {block.number} of {block.size}{', more follow' if block.more else ''}"


def _payload(message: Message) -> str:
    payload = message.payload
    if not payload:
        return ""
    number = message.uint(codes.CONTENT_FORMAT)
    if number in (None, codes.TEXT, codes.LINK_FORMAT, codes.XML, codes.JSON):
        text = payload[: 4 * _SHOWN].decode("utf-8", "backslashreplace")
        return f": {_shown(text)}"
    return f": {len(payload)} octets of {codes.format_name(number or 0)}"


def _shown(text: str) -> str:
    shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
