"""Datagrams, and those that come from another port than was asked."""

from __future__ import annotations

from netloom.packet.streams.datagrams import ASKED, Transfers

CLIENT, SERVER, OTHER = (0, 1, 40_000), (0, 2, 69), (0, 2, 50_000)


def test_only_requests_are_remembered() -> None:
    transfers = Transfers()
    for payload in (b"", b"\0\3\0\1", b"\0\1name\0", b"\0\1name\0mail\0", b"\0\2name\0octet"):
        transfers.note(CLIENT, SERVER, payload, (4, 17, CLIENT, SERVER))
        assert transfers.answered(OTHER, CLIENT) is None
    transfers.note(CLIENT, SERVER, b"\0\2name\0octet\0", (4, 17, CLIENT, SERVER))
    assert transfers.answered((0, 3, 50_000), CLIENT) is None
    assert transfers.answered(OTHER, (0, 1, 40_001)) is None
    assert transfers.answered(OTHER, CLIENT) == (4, 17, CLIENT, SERVER)
    assert transfers.answered(OTHER, CLIENT) is None


def test_they_are_bounded() -> None:
    transfers = Transfers()
    for port in range(ASKED + 1):
        transfers.note((0, 1, port), SERVER, b"\0\1name\0octet\0", (4, 17, (0, 1, port), SERVER))
    assert transfers.answered(OTHER, (0, 1, 0)) is None
    assert transfers.answered(OTHER, (0, 1, 1)) is not None
