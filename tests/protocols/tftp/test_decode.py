"""Packets in words."""

from __future__ import annotations

import pytest

from netloom.protocols.tftp.decode import Decoder, is_request
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Data, OptionAck, Packet, Refusal, Request


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (Request("pxelinux.0", "octet", {"tsize": "0"}), "read pxelinux.0 as octet · tsize 0"),
        (Request("a\nb", "netascii", {}, True), "write a\\x0ab as netascii"),
        (Data(7, b"xyz"), "block 7, 3 bytes"),
        (Ack(7), "block 7 has come"),
        (Refusal(1, "no file"), "error 1 no file"),
        (OptionAck({"blksize": "8", "x": "y"}), "agreed · blksize 8 · x y"),
        (Request("x" * 300), f"read {'x' * 200}… as octet"),
    ],
)
def test_words(packet: Packet, words: str) -> None:
    data = packets.emit(packet)
    (said,) = Decoder().feed("client", data)
    assert (said.words, said.sender, said.size) == (words, "client", len(data))


def test_what_is_none() -> None:
    (said,) = Decoder().feed("server", b"\xff\xff")
    assert said.words.startswith("no TFTP packet")


def test_requests() -> None:
    assert is_request(b"\0\1a\0octet\0")
    assert is_request(b"\0\2a\0OCTET\0")
    assert not is_request(b"\0\1a\0other\0")
    assert not is_request(b"\0\3\0\1")
    assert not is_request(b"\0\1")
