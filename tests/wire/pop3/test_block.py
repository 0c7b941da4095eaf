"""Responses of several lines: what they hold, and how much at the most."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.wire.pop3 import block


def test_until_its_end() -> None:
    decoder = block.Decoder(10)
    assert decoder.feed(b"..a\r\n.") == b".a"
    assert (decoder.feed(b"\r\n+OK"), decoder.done, decoder.size, decoder.unused) == (b"\r\n", True, 4, b"+OK")


def test_how_much() -> None:
    decoder = block.Decoder(10)
    assert decoder.feed(b"xxxx\r\nxx") == b"xxxx\r\nxx"
    with pytest.raises(RemoteProtocolError):
        decoder.feed(b"xxx")
