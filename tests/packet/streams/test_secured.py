"""TLS with its secrets: what is asked of tshark, and what is made of its answer."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from netloom.errors import CapabilityError
from netloom.packet.streams import secured
from netloom.packet.streams.events import Data, Event, Gap
from netloom.packet.streams.secured import Secured
from tests.packet.streams.packets import Script, names, said, stream

RANDOM = bytes(range(32))
HELLO = b"\x16\x03\x01\x00\x30\x01\0\0\x2c\x03\x03" + RANDOM + bytes(10)
KEYS = b"# a comment\nCLIENT_RANDOM " + RANDOM.hex().encode() + b" " + b"ab" * 48 + b"\n"


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A tshark of our own."""
    path = folder / "tshark"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def inside(one: Secured) -> list[Event]:
    return [event async for event in one.decrypted()]


def answer(*streams: str) -> str:
    return "cat <<'E'\n" + "\n".join(streams) + "\nE"


def peers(host: str, *said: tuple[int, str, str]) -> str:
    """An answer about one stream: peers, then who said what when."""
    head = f"peers:\n  - peer: 0\n    host: {host}\n    port: 1\n  - peer: 1\n    host: \n    port: 0\npackets:"
    return "\n".join(
        [
            head,
            *(
                f"  - packet: 9\n    peer: {who}\n    timestamp: {at}\n    data: !!binary |\n      {text}"
                for who, at, text in said
            ),
        ]
    )


def test_without_tshark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CapabilityError, match="tshark, which isn't installed") as caught:
        Secured(bytes, needed=True)
    assert "apt-get install tshark" in caught.value.hint
    with Secured(lambda: KEYS) as one:
        assert not one.feed("tls", Script(stream()).client(HELLO).events[-1])
        assert one.failed == ["the secrets of TLS are there, but TLS is decrypted by tshark, which isn't installed"]


async def test_only_what_can_be_decrypted_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exit 0")
    keys = b""
    with Secured(lambda: keys) as one:
        opened, hello = Script(stream()).client(HELLO).events
        assert not one.feed("tls", opened)
        assert not one.feed("tls", hello)
        keys = KEYS
        assert not one.feed("tls", Script(stream()).client(HELLO.replace(RANDOM, bytes(32))).events[-1])
        assert not one.feed("tls", Script(stream()).client(HELLO[:40]).events[-1])
        assert not one.feed("tls", Script(stream()).server(HELLO).events[-1])
        assert one.feed("tls", hello)
        assert one.feed("tls", Script(hello.stream).server(b"anything").events[-1])
        assert await inside(one) == []
        assert one.failed == ["stream 0: its secrets don't open it"]


async def test_what_was_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = [
        peers("127.2.0.1", (1, "5.000000007", "aGVs"), (0, "6.5", "d29y\n      bGQ="), (1, "7", "bG8=")),
        peers("127.1.0.2", (0, "8.25", "b25l"), (1, "9", "!broken"), (1, "9", "dHdv")),
    ]
    program(tmp_path, monkeypatch, answer(*talks))
    first = Script(stream(3)).client(HELLO).server(b"x").finish("client", "server").close()
    second = (
        Script(stream(4)).client(b"STARTTLS").client(HELLO).gap("server", 9).server(b"lost").finish("server").close()
    )
    with Secured(lambda: KEYS) as one:
        assert [one.feed("tls", event) for event in first] == [False] + [True] * 5
        assert [one.feed("smtp", event) for event in second] == [False, False] + [True] * 5
        found = await inside(one)
        folder = Path(one._folder.name)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert (folder / "keys").read_bytes() == KEYS
    assert not folder.exists()
    assert (said(found, "client", 3), said(found, "server", 3)) == (b"hello", b"world")
    assert said(found, "client", 4) == b"one"
    assert said(found, "server", 4) == b"two" + b"." * 9
    assert names(found) == [
        *("Opened", "Data", "Data", "Data", "Finished", "Finished", "Closed"),
        *("Opened", "Data", "Data", "Gap", "Closed"),
    ]
    assert [event.time for event in found if isinstance(event, Data)][:3] == [
        5_000_000_007,
        6_500_000_000,
        7_000_000_000,
    ]
    assert {event.stream.inside for event in found} == {"tls"}
    assert [event.stream.number for event in found if isinstance(event, Gap)] == [4]
    assert list(one.names.values()) == ["smtp"]
    assert one.failed == []


async def test_a_program_that_fails_or_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = Script(stream()).client(HELLO).close()
    program(tmp_path, monkeypatch, "exit 3")
    with Secured(lambda: KEYS) as one:
        for event in events:
            one.feed("tls", event)
        assert await inside(one) == []
    assert one.failed == ["tshark ended with exit status 3", "stream 0: its secrets don't open it"]
    program(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(secured, "SECONDS", 0.05)
    with Secured(lambda: KEYS) as one:
        for event in events:
            one.feed("tls", event)
        assert await inside(one) == []
    assert one.failed[0].startswith("tshark took longer than 0.05 s")
    monkeypatch.setattr(secured, "SECONDS", 60)
    monkeypatch.setattr(secured, "LINES", 10)
    program(tmp_path, monkeypatch, "exec yes")
    with Secured(lambda: KEYS) as one:
        for event in events:
            one.feed("tls", event)
        assert await inside(one) == []
    assert one.failed[0].endswith("or said too much")
