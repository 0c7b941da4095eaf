"""ENVELOPE."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import envelope, mime
from tests.wire.imap.messages import MIXED


def test_the_envelope() -> None:
    assert envelope.emit(envelope.make(mime.parse(MIXED).fields)) == (
        b'(NIL "folded subject" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) '
        b'(("Ann" NIL "ann" "example.org")) ((NIL NIL "bob" "example.org")("Eve, E." NIL '
        b'"eve" "example.org")) NIL NIL NIL NIL)'
    )


@pytest.mark.parametrize("value", [None, [], [1], [None] * 9, [[1]] + [None] * 9, [None, None, [[1]], *[None] * 7]])
def test_what_is_no_envelope(value: object) -> None:
    with pytest.raises(RemoteProtocolError):
        envelope.read(value)
