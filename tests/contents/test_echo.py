from __future__ import annotations

import pytest

from netloom.contents.echo import CONTENT
from netloom.errors import UsageError


def test_the_same_bytes() -> None:
    echo = CONTENT.from_argument("")
    assert echo.answer(b"\x00hello\xff") == b"\x00hello\xff"
    assert echo.describe() == "echo"


def test_no_argument() -> None:
    with pytest.raises(UsageError, match="no argument"):
        CONTENT.from_argument("loud")
