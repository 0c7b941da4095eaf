"""Copying: which format, and how often names and secrets are written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures import Interface, Names, Secrets, Section, copying, create, read
from netloom.packet.captures.blocks import SECRETS_TLS_KEY_LOG, TOLD_LIMIT
from netloom.packet.captures.copying import Copy, Extras, Form, form_of
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from pathlib import Path

FRAME = Frame(b"x", 1, 1, 1)


def test_what_is_kept_is_bounded() -> None:
    extras = Extras()
    extras.hear(Section())
    for _ in range(10):
        extras.hear(Secrets(SECRETS_TLS_KEY_LOG, bytes(TOLD_LIMIT // 4)))
        extras.hear(Names({"::1": "x"}))
    assert sum(isinstance(block, Secrets) for block in extras.blocks) == 3


def test_what_is_repeated_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "REPEATED_LIMIT", 100)
    extras = Extras()
    extras.hear(Secrets(SECRETS_TLS_KEY_LOG, bytes(40)))
    having = []
    for number in range(5):
        copy = Copy(create(tmp_path / str(number)), extras)
        copy.put(FRAME, Interface(1), 0)
        copy.put(FRAME, Interface(1), 0)
        copy.writer.close()
        having.append(sum(isinstance(block, Secrets) for block in read(tmp_path / str(number))))
    assert having == [1, 1, 0, 0, 0]


def test_each_interface_of_each_file_is_its_own(tmp_path: Path) -> None:
    copy = Copy(create(tmp_path / "x"), Extras())
    for origin, interface in ((0, Interface(1)), (1, Interface(1)), (0, Interface(1)), (0, Interface(1, "other"))):
        copy.put(FRAME, interface, origin)
    copy.writer.close()
    assert [block.interface for block in read(tmp_path / "x") if isinstance(block, Frame)] == [0, 1, 0, 2]


def test_interfaces_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "INTERFACES_LIMIT", 3)
    copy = Copy(create(tmp_path / "x"), Extras())
    for number in range(3):
        copy.put(FRAME, Interface(1), number)
    with pytest.raises(UsageError, match="more than 3 interfaces"):
        copy.put(FRAME, Interface(1), 3)
    copy.writer.close()


def test_which_format(tmp_path: Path) -> None:
    with create(tmp_path / "a.pcap") as writer:
        writer.write(FRAME)
    (tmp_path / "cut.pcap").write_bytes((tmp_path / "a.pcap").read_bytes()[:10])
    assert form_of("x.pcap", [tmp_path / "cut.pcap"]) == Form("pcap", nanoseconds=True)
    assert form_of("x", [tmp_path / "a.pcap", tmp_path / "cut.pcap"]) == Form("pcapng", nanoseconds=True)
    assert form_of("-", [tmp_path / "a.pcap"]) == Form("pcap", nanoseconds=True)
    assert form_of("x.pcapng.gz", ["-"]) == form_of("x", ["-"]) == Form("pcapng", nanoseconds=True)
