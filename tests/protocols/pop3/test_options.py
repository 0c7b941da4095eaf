"""What nobody has asked for."""

from __future__ import annotations

import msgspec
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.pop3.options import Pop3Options


def test_by_default_nothing_is_told_in_the_clear_and_nothing_is_removed() -> None:
    options = Pop3Options()
    assert (options.allow_plain_auth, options.delete) == (False, False)
    assert options.autologout >= 10 * 60, "RFC 1939 §3"


def test_each_has_a_description() -> None:
    assert all("description" in str(field.type) for field in msgspec.structs.fields(Pop3Options))


@pytest.mark.parametrize("given", ["auth=apop", "limit_messages=0", "lines=-1", "max_message=x", "name=a%20b"])
def test_mistakes(given: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"pop3://h#{given}"), Pop3Options)
