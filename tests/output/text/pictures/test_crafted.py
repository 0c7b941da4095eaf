"""A crafted packet as the table shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.pictures import picture
from netloom.output.text.pictures.crafted import lines
from netloom.output.text.style import Style
from netloom.runs import Run

if TYPE_CHECKING:
    from netloom.operations.craft import Crafted

PLAIN = Style(colour=False, unicode=True)


def made(text: str, **fields: object) -> Crafted:
    run: Run[Crafted] = Run.prepare("craft", ([text],) if text else (), fields)
    return run.one()


def test_it_is_found_by_the_record_s_name() -> None:
    assert picture("Crafted") is lines


def test_a_packet() -> None:
    assert list(lines(made('IPv4(dst="192.0.2.1") / UDP(dport=9) / "a text"'), PLAIN, 100)) == [
        "  IPv4 127.0.0.1 > 192.0.2.1 / UDP 53 > 9 / 6 octets · 34 octets",
        "    IPv4(dst='192.0.2.1') / UDP(dport=9) / Raw(data=b'a text')",
        '    0000  45 00 00 22 00 00 00 00 40 11 39 c9 7f 00 00 01  E.."....@.9.....',
        "    0010  c0 00 02 01 00 35 00 09 00 0e 70 97 61 20 74 65  .....5....p.a te",
        "    0020  78 74                                            xt",
    ]


def test_what_is_wrong_with_octets() -> None:
    assert list(lines(made("", dissect="45"), PLAIN, 100)) == [
        "  1 octet · 1 octet",
        "    an Ethernet header of 14 octets, 1 of which are there",
        "    Raw(data=b'E')",
        "    0000  45                                               E",
    ]


def test_a_seed_is_told() -> None:
    assert next(lines(made("IPv6()", fuzz=1, seed=7), PLAIN, 200)).endswith(" · 40 octets · seed 7")


def test_of_a_long_one_the_beginning() -> None:
    shown = list(lines(made("IPv4() / bytes(3000)"), PLAIN, 80))
    assert shown[-1] == "    1996 more: -o json has them all"
    assert len(shown) < 80
    assert not [line for line in shown if len(line) >= 80]


def test_nothing_that_a_terminal_would_obey() -> None:
    shown = "".join(lines(made('IPv4() / b"\\x1b[31m"'), PLAIN, 80))
    assert shown.isprintable()
