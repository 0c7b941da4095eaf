"""What passed, in words and as a file."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.background import background
from netloom.packet.tape.reading import read_tape
from netloom.testing import transcript as module
from netloom.testing.transcript import Transcript, hidden
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path


class Link:
    """What a transcript asks of a link."""

    def __init__(self, server: Any = ("127.0.0.1", 25), client: Any = ("127.0.0.1", 40_000)) -> None:
        self._places = {"sockname": server, "peername": client}

    def info(self, name: str) -> Any:
        return self._places[name]


@pytest.fixture
def smtp() -> Transcript:
    return Transcript(registry.protocol("smtp"))


def test_each_conversation_by_its_number(smtp: Transcript) -> None:
    first = smtp.overhear("tcp", Link(), None)
    smtp.overhear("tcp", Link(), None)  # came and went without a word
    second = smtp.overhear("tcp", Link(client=("::1", 40_001, 0, 0)), None)
    first("server", b"220 x\r\n")
    second("server", b"220 y\r\n")
    first("client", b"QUIT\r\n")
    assert list(smtp.words()) == ["1: 127.0.0.1:40000", "1 < 220 x", "2: [::1]:40001", "2 < 220 y", "1 > QUIT"]


def test_a_peer_s_datagrams_and_a_local_one() -> None:
    spoken = Transcript(registry.protocol("udp"))
    spoken.overhear("udp", Link(client=None), ("192.0.2.1", 9))("client", b"hello")
    spoken.overhear("tcp", Link("/run/x", ""), None)("client", b"hello")
    assert [line for line in spoken.words() if ": " in line[:3]] == ["1: 192.0.2.1:9", "2: a local process"]


def test_only_since_a_moment_but_understood_from_the_beginning(smtp: Transcript, tmp_path: Path) -> None:
    feed = smtp.overhear("tcp", Link(), None)
    feed("server", b"220 x\r\n")
    feed("client", b"DATA\r\n")
    feed("server", b"354 go on\r\n")
    moment = time.time_ns()
    while time.time_ns() == moment:
        pass
    moment = time.time_ns()
    feed("client", b"QUIT\r\n.\r\n")
    words = list(smtp.words(moment))
    assert words[0] == "1: 127.0.0.1:40000"
    assert "1 > QUIT" not in words, "it is a mail's text, not a command"
    assert not any("220" in line or "354" in line for line in words), "that was said before"
    assert [piece.data for piece in smtp.pieces(moment)] == [b"QUIT\r\n.\r\n"]


def test_what_is_too_much_is_counted() -> None:
    smtp = Transcript(registry.protocol("smtp"), limit=10)
    feed = smtp.overhear("tcp", Link(), None)
    feed("server", b"220 x\r\n")
    feed("client", b"EHLO somebody\r\n")
    assert list(smtp.words())[-1] == "… and 15 octets that weren't kept"
    assert smtp.lost == 15


def test_ends_are_no_words_but_stand_in_the_file(smtp: Transcript, tmp_path: Path) -> None:
    feed = smtp.overhear("tcp", Link(), None)
    feed("server", b"220 x\r\n")
    feed("client", b"")
    feed("server", b"421 bye\r\n")
    assert list(smtp.words()) == ["1: 127.0.0.1:40000", "1 < 220 x", "1 < 421 bye"]
    smtp.write(tmp_path / "x.pcapng")
    (stream,) = background().wait(read_tape(tmp_path / "x.pcapng")).tracks
    assert [(step.sender, step.act) for step in stream.steps] == [
        ("server", "said"), ("client", "end"), ("server", "said"), ("server", "end"),
    ]  # fmt: skip


def test_who_hasnt_ended_is_ended_by_the_client(smtp: Transcript, tmp_path: Path) -> None:
    smtp.overhear("tcp", Link(), None)("server", b"220 x\r\n")
    smtp.write(tmp_path / "x.pcapng")
    (stream,) = background().wait(read_tape(tmp_path / "x.pcapng")).tracks
    assert [(step.sender, step.act) for step in stream.steps][1:] == [("client", "end"), ("server", "end")]


def test_secrets_are_hidden_however_they_were_cut(smtp: Transcript, tmp_path: Path) -> None:
    feed, other = smtp.overhear("tcp", Link(), None), smtp.overhear("tcp", Link(), None)
    feed("client", b"AUTH PLAIN hun")
    feed("server", b"hun")
    other("client", b"ter22")
    feed("client", b"ter22\r\nhunter22")
    said = [piece.data for piece in hidden(smtp.pieces(), [b"hunter22", b""])]
    assert said == [b"AUTH PLAIN ***", b"hun", b"ter22", b"*****\r\n********"]
    smtp.write(tmp_path / "x.pcapng", hide=[b"hunter22"])
    assert b"hunter" not in (tmp_path / "x.pcapng").read_bytes()
    assert (tmp_path / "x.pcapng").stat().st_mode & 0o777 == 0o600


def test_a_report_is_no_novel(smtp: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES", 3)
    feed = smtp.overhear("tcp", Link(), None)
    for _ in range(4):
        feed("client", b"NOOP\r\n")
    assert list(smtp.words()) == ["1: 127.0.0.1:40000", *["1 > NOOP"] * 3, "… and more: the file has all of it"]


@pytest.mark.interop
def test_tshark_reads_the_file_in_its_order(smtp: Transcript, tmp_path: Path) -> None:
    feed = smtp.overhear("tcp", Link(), None)
    feed("server", b"220 x\r\n")
    feed("client", b"QUIT\r\n")
    path = tmp_path / "x.pcapng"
    smtp.write(path)
    smtp.write(path)  # again, over it
    command = [need("tshark", "tshark"), "-n", "-r", str(path), "-T", "fields", "-e", "frame.time_delta"]
    said = [*command, "-e", "tcp.srcport", "-e", "frame.protocols", "-Y", "smtp"]
    rows = subprocess.run(said, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert [row.split("\t")[1:] for row in rows] == [["25", "raw:ip:tcp:smtp"], ["40000", "raw:ip:tcp:smtp"]]
    deltas = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert all(float(delta) >= 0 for delta in deltas)
