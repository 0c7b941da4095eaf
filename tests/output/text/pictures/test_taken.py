"""What a table shows of something that a stream carried."""

from __future__ import annotations

from typing import Any

from netloom.output.text.pictures.taken import lines
from netloom.output.text.style import Style
from netloom.packet.streams.record import Taken

PLAIN = Style(colour=False, unicode=False)


def shown(**fields: Any) -> list[str]:
    usual: dict[str, Any] = {
        "stream": 0, "time": 0.0, "protocol": "http", "sender": "server", "name": "a.txt", "kind": "text/plain",
        "size": 5, "sha256": "ab" * 32, "complete": True,
    }  # fmt: skip
    return list(lines(Taken(**(usual | fields)), PLAIN, 80))


def test_what_is_whole() -> None:
    assert shown(saved_to="out/0000-a.txt") == [
        f"  = a.txt {PLAIN.dot} text/plain {PLAIN.dot} 5 B",
        f"    sha256 {'ab' * 32}",
        "    out/0000-a.txt",
    ]


def test_what_is_not() -> None:
    assert shown(complete=False, missing=3, note="why")[0].endswith(f"5 B {PLAIN.dot} 3 bytes missing {PLAIN.dot} why")
    assert "not whole" in shown(complete=False)[0]


def test_names_do_nothing_to_a_terminal() -> None:
    assert "\x1b" not in "".join(shown(name="\x1b[2J", kind="\x07", note="\x1b", saved_to="\x1b"))
