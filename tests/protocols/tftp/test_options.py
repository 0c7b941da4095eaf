"""What TFTP can be told."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.tftp.options import TftpOptions


def told(text: str) -> TftpOptions:
    return split(Endpoint.parse(f"tftp://h#{text}"), TftpOptions)[1]


def test_what_is_without_them() -> None:
    plain = told("")
    assert (plain.mode, plain.blksize, plain.windowsize, plain.write, plain.plain) == ("octet", 1428, 16, "", "")


@pytest.mark.parametrize(
    "text",
    ["blksize=7", "blksize=65465", "windowsize=0", "timeout=0", "timeout=256", "mode=mail", "write=all", "tries=0"],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        told(text)
