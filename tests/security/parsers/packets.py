"""What is read of packets: headers of every link type, words of filters and of packets."""

from __future__ import annotations

from random import Random

from netloom.errors import UsageError
from netloom.packet.craft import expand
from netloom.packet.dissect import dissect
from netloom.packet.filters import FrameView, compiled, matcher, parse
from netloom.packet.frame import Frame
from netloom.packet.words import record_of
from tests.packet import generated
from tests.security.parsers.parser import Parser, text

_RANDOM = Random(4)
_ETHERNET = 1


def _dissected(link: int) -> Parser:
    """Whatever the octets are, there is a row and a line for people."""

    def read(said: bytes) -> object:
        frame = Frame(said, 0, link, len(said))
        return record_of(1, frame, dissect(frame))

    return Parser(read, [bytes(generated.stack(_RANDOM, link)) for _ in range(4)])


def _filtered(words: str) -> object:
    wanted = parse(words)
    matched = matcher(wanted)
    frame = Frame(bytes(60), 0, _ETHERNET, 60)
    read = dissect(frame)
    return matched.keep(read.row, FrameView(frame, read)), compiled(wanted, _ETHERNET)


def _mistaken(read: object, words: str) -> object:
    """A text of one's own is one's own mistake."""
    try:
        return read(words)  # type: ignore[operator]
    except UsageError:
        return None


PARSERS = {
    **{f"packets of link type {link}": _dissected(link) for link in generated.LINKS if link != 4711},
    "filters": Parser(
        text(lambda words: _mistaken(_filtered, words)),
        [
            b"tcp port 80 and (host 192.0.2.1 or net 10)",
            b"vlan 5 and tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
            b"len / 2 > 40",
        ],
    ),
    "crafted packets": Parser(
        text(lambda words: _mistaken(lambda told: list(expand(told)), words)),
        [b'Ethernet()/IPv4(dst="192.0.2.1")/TCP(dport=[80,443], options=mss(1460))/"x"', b'hex("00")/b"\\x00"'],
    ),
}
