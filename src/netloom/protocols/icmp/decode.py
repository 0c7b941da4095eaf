"""ICMP, the passive decoder: each message in words, and what a problem is about (RFC 792, RFC 4443, RFC 4884)."""

from __future__ import annotations

from ipaddress import IPv4Address

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import icmp
from netloom.wire.icmp_words import REDIRECT, TYPES_6, in_words, name_of

_ONLY_6 = frozenset(kind for kind in TYPES_6 if kind >= 128) | {1, 2}
_EITHER = (3, 4)
_SHOWN = 32
_MPLS = (1, 1)


class Decoder:
    """Each message in words. A type says which version it is of, or the packet that it quotes does."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One message."""
        try:
            words = describe(icmp.parse(data, version_of(data)))
        except RemoteProtocolError as exc:
            words = f"no ICMP message: {exc.message}"
        return [Said(sender=sender, words=words, size=len(data))]


def version_of(data: bytes) -> int:
    """IP's version, by a message's type. Both have 3 and 4: there the quoted packet tells."""
    if data[:1] and data[0] in _ONLY_6:
        return 6
    if data[:1] and data[0] in _EITHER and data[icmp.HEADER_SIZE :][:1] and data[icmp.HEADER_SIZE] >> 4 == 6:
        return 6
    return 4


def describe(message: icmp.Message) -> str:
    """A message in words."""
    match message:
        case icmp.Echo():
            what = "echo reply" if message.reply else "echo request"
            return f"{what} id {message.identifier} seq {message.sequence}, {len(message.data)} bytes{_text(message)}"
        case icmp.Timestamp():
            if message.reply:
                return f"timestamp reply: received at {message.receive} ms, answered at {message.transmit} ms"
            return f"timestamp request: it is {message.originate} ms since midnight UTC"
        case icmp.Problem():
            return _problem(message)
        case _:
            return name_of(message.version, message.type) + (f", code {message.code}" if message.code else "")


def _problem(problem: icmp.Problem) -> str:
    words = in_words(problem.version, problem.type, problem.code)
    if problem.version == 4 and problem.type == REDIRECT:
        words += f": better by {IPv4Address(problem.value)}"
    elif problem.value:
        words += f" ({problem.value})"
    asked = icmp.asked_by(problem)
    if asked is not None:
        words += f", for echo request id {asked.identifier} seq {asked.sequence}"
    try:
        words += f" to {icmp.parse_packet(problem.quoted).destination}"
    except RemoteProtocolError:
        words += ", for something that isn't quoted"
    return words + "".join(f", {_extension(extension)}" for extension in problem.extensions[:4])


def _extension(extension: icmp.Extension) -> str:
    if (extension.number, extension.kind) != _MPLS or len(extension.data) % 4:
        return f"extension {extension.number}.{extension.kind}"
    labels = [int.from_bytes(extension.data[at : at + 4], "big") >> 12 for at in range(0, len(extension.data), 4)]
    return f"MPLS labels {', '.join(map(str, labels[:8]))}"


def _text(echo: icmp.Echo) -> str:
    """Data that is meant to be read."""
    try:
        said = echo.data[:_SHOWN].decode("ascii")
    except UnicodeDecodeError:
        return ""
    return f": {said!r}" if said and said.isprintable() else ""
