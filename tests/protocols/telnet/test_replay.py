"""Telnet, replayed: octets that flow, line ends in any form, and whose options are waited for."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.telnet.replay import Replay
from netloom.wire.telnet.stream import LIMIT
from tests.packet.tape.parts import gists, keeps_to_it, split

TALK = [
    (SERVER, b"\xff\xfd\x18\xff\xfb\x01login: "),
    (CLIENT, b"\xff\xfb\x18\xff\xfd\x01"),
    (SERVER, b"\xff\xfa\x18\x01\xff\xf0"),
    (CLIENT, b"\xff\xfa\x18\x00VT\xff\xff100\xff\xf0ann\r\0"),
    (SERVER, b"ann\r\n\xff\xf9$ "),
    (CLIENT, b"\xff\xf4\xff\xf2\xff\xff\n"),
]


def shown(sender: str, data: bytes) -> str:
    """What is waited for of what one side says in one go."""
    return "".join(gist for gist in gists(Replay, [(sender, data)]) if gist is not None)


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "253 24", "251 1", *"login: ", None, None, "250 24", None, *"ann\n", None, *"ann\n", None, None, *"$ ",
        "command 244", None, "\xff", "\n",
    ]  # fmt: skip
    units = split(Replay, TALK)
    assert {unit.gist for unit in units if unit.flows} == set("login: ann\n$ \xff")


def test_a_line_ends_in_any_way() -> None:
    ways = (b"a\r\nb", b"a\r\0b", b"a\rb", b"a\nb", b"a\r\xff\xf1\nb")
    assert {shown(side, way) for way in ways for side in (CLIENT, SERVER)} == {"a\nb"}
    assert shown(CLIENT, b"a\n\nb") == "a\n\nb"
    assert shown(CLIENT, b"\r\xff\xff\n") == "\n\xff\n"


def test_an_option_that_never_ends() -> None:
    units = split(Replay, [(SERVER, b"\xff\xfa" + bytes(LIMIT - 3))])
    assert units == []
    units = split(Replay, [(SERVER, b"\xff\xfa" + bytes(LIMIT))])
    assert [unit.data for unit in units[:2]] == [b"\xff\xfa", b"\0"]
