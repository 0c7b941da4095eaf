"""What nobody has asked for."""

from __future__ import annotations

import msgspec
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.imap.options import ImapOptions


def test_by_default_nothing_is_told_in_the_clear_and_nothing_changes() -> None:
    options = ImapOptions()
    assert (options.allow_plain_auth, options.peek, options.create) == (False, True, False)
    assert options.autologout >= 30 * 60, "RFC 9051 §5.4"


def test_each_has_a_description() -> None:
    assert all("description" in str(field.type) for field in msgspec.structs.fields(ImapOptions))


@pytest.mark.parametrize("given", ["auth=gssapi", "limit_messages=0", "date=-1", "max_message=x", "name=a%20b"])
def test_mistakes(given: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"imap://h#{given}"), ImapOptions)
