"""The fault refuse: what it can be told. What servers make of it is shown in tests/protocols."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.links.faults.kinds.refuse import Refuse
from netloom.links.faults.text import parse


def test_a_bare_value_is_the_code() -> None:
    assert parse("refuse:450:times=2:at=RCPT:target=bob@*:text=busy") == Refuse(
        code="450", at="RCPT", target="bob@*", times=2, text="busy"
    )


@pytest.mark.parametrize(("text", "words"), [("refuse", "needs code"), ("refuse:450:times=0", "times, not '0'")])
def test_what_it_cant_be(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse(text)
