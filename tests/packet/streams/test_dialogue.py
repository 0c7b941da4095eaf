"""Words by decoders, octets where there is none, and what is missing between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.dialogue import SHOWN, Dialogue, hexadecimal
from netloom.records import Said
from tests.packet.streams.packets import Script, stream

if TYPE_CHECKING:
    from netloom.shapes import Decoder


class Loud:
    """A decoder that says how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def feed(self, sender: str, data: bytes) -> list[Said]:
        self.count += 1
        return [Said(sender=sender, words=f"{self.count} {data.decode().upper()}", size=len(data))]


def decoders(name: str) -> Decoder | None:
    return Loud() if name == "loud" else None


def told(dialogue: Dialogue, name: str, script: Script) -> list[tuple[str, str, int, str]]:
    """Sender, words, size and kind of all that is told."""
    return [
        (one.sender, one.words, one.size, one.event) for event in script.close() for one in dialogue.feed(name, event)
    ]


def test_words() -> None:
    dialogue = Dialogue(decoders)
    script = Script(stream()).client(b"one").gap("server", 5).server(b"two").finish("client").reset("server")
    assert told(dialogue, "loud", script) == [
        ("client", "1 ONE", 3, "said"),
        ("server", "… 5 bytes missing …", 5, "gap"),
        ("server", "2 TWO", 3, "said"),
        ("server", "… the connection is reset …", 0, "reset"),
    ]
    assert told(dialogue, "loud", Script(stream(1)).client(b"x"))[0][1] == "1 X"
    assert not dialogue._decoders


def test_octets_where_nobody_knows_them() -> None:
    script = Script(stream()).client(bytes(range(48, 66))).client(b"\0" * (SHOWN + 1))
    given = list(told(Dialogue(decoders), "", script))
    assert given[0] == (
        "client",
        "00000000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?",
        16,
        "said",
    )
    assert given[1] == ("client", f"00000010  {'40 41':23}  {'':23}  @A", 2, "said")
    assert given[2][1].startswith("00000012  00 00")
    assert given[-1] == ("client", "… and 1 bytes more", 1, "said")
    assert len(given) == 2 + SHOWN // 16 + 1


def test_all_octets_where_they_are_asked_for() -> None:
    events = Script(stream()).client(b"x" * 1000).events
    given = [one for event in events for one in Dialogue(decoders, octets=True).feed("loud", event)]
    assert b"".join(one.data or b"" for one in given) == b"x" * 1000


def test_hexadecimal() -> None:
    assert hexadecimal(0x1000, b"a\n\xff") == f"00001000  {'61 0a ff':23}  {'':23}  a.."
