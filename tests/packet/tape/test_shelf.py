"""The shelf: which conversation is meant by whoever comes."""

from __future__ import annotations

from netloom.packet.tape.script import Knowledge
from netloom.packet.tape.shelf import Shelf
from netloom.packet.tape.web import Replay
from netloom.protocols.telnet.replay import Replay as Telnet
from tests.packet.tape.tracks import script

WEB = Knowledge(Replay)
A, B = "GET /a HTTP/1.1\r\n\r\n", "GET /b HTTP/1.1\r\n\r\n"


def test_by_what_is_said_first() -> None:
    one, two = script(f"> {A}", known=WEB), script(f"> {B}", known=WEB)
    shelf = Shelf([one, two])
    assert shelf.alike() == [one, two]
    assert shelf.meant(shelf.left, b"") == (None, False)
    assert shelf.meant(shelf.left, b"GET /b") == (None, False)
    assert shelf.meant(shelf.left, b"GET /b HTTP/1.0\r\nHost: x\r\n\r\n") == (two, True)
    assert shelf.meant(shelf.left, b"GET /c HTTP/1.0\r\nHost: x\r\n\r\n") == (None, True)
    shelf.take(two)
    assert shelf.left == [one]
    shelf.take(two)
    assert shelf.left == [one]


def test_octet_by_octet() -> None:
    one, two = script("> warp"), script("> weft")
    shelf = Shelf([one, two])
    assert shelf.meant(shelf.left, b"w") == (None, False)
    assert shelf.meant(shelf.left, b"we") == (None, False)
    assert shelf.meant(shelf.left, b"weft and more") == (two, True)
    assert shelf.meant(shelf.left, b"x") == (None, True)
    assert Shelf([]).meant([one, script("> w")], b"w") == (None, False)  # it may still be the first


def test_what_flows() -> None:
    one, two = (script(f"> {words}\r\n", known=Knowledge(Telnet)) for words in ("ann", "bob"))
    shelf = Shelf([one, two])
    assert shelf.meant(shelf.left, b"\xff\xfb\x18b") == (None, False)
    assert shelf.meant(shelf.left, b"bob\n and more") == (two, True)
    assert shelf.meant(shelf.left, b"an\r") == (None, True)
    assert shelf.meant(shelf.left, b"an") == (None, False)
    assert shelf.meant(shelf.left, b"an", ended=True) == (None, True)
    assert shelf.meant(shelf.left, b"an\xff\xf4n\n") == (None, True)
    assert shelf.meant(shelf.left, b"\xff\xf4ann\n") == (None, True)


def test_by_our_own_words() -> None:
    one, two, three = script("< 220 a", "> x"), script("< 220 b", "> y"), script("< 220 a", "> z")
    shelf = Shelf([one, two, three])
    assert shelf.alike() == [one, three]
    assert shelf.meant(shelf.alike(), b"z") == (three, True)


def test_who_only_came_to_look() -> None:
    silent, other = script("< 220", "> !end"), script("< 220", "> warp")
    shelf = Shelf([silent, other])
    assert shelf.meant(shelf.alike(), b"") == (None, False)
    assert shelf.meant(shelf.alike(), b"warp") == (other, True)
    assert shelf.meant(shelf.alike(), b"", ended=True) == (silent, True)
    assert shelf.meant([other], b"", ended=True) == (None, True)
    assert shelf.meant([script("< all")], b"") != (None, True)


def test_anything_does_where_nothing_is_compared() -> None:
    one = script("> warp", match="none")
    assert Shelf([one]).meant([one], b"weft") == (one, True)


def test_again_and_again() -> None:
    one, two = script("> a"), script("> b")
    shelf = Shelf([one, two], repeat=True)
    shelf.take(one)
    assert shelf.left == [two, one]
    shelf.take(one)
    assert shelf.left == [two, one]


def test_datagrams() -> None:
    one, two = script("> a", "> b", transport="udp", match="exact"), script("> c", transport="udp", match="exact")
    shelf = Shelf([one, two])
    assert [shelf.asked(data) for data in (b"b", b"c", b"d")] == [one, two, None]
