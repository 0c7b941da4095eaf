"""What blocks tell of a capture as a whole, and how much of it is remembered."""

from __future__ import annotations

from netloom.packet.captures import Drops, Names, Secrets, Section
from netloom.packet.captures.blocks import SECRETS_TLS_KEY_LOG, TOLD_LIMIT, Told


def test_drops_are_the_last_count_of_each_interface() -> None:
    told = Told()
    for block in (Section(), Drops(0, 5), Drops(0, 7), Drops(1, 1), Section(), Drops(0, 2)):
        told.hear(block)
    assert told.drops == 10


def test_secrets_are_lines() -> None:
    told = Told()
    for data in (b"A", b"B\n"):
        told.hear(Secrets(SECRETS_TLS_KEY_LOG, data))
    told.hear(Secrets(1, b"of another kind"))
    assert told.secrets == b"A\nB\n"


def test_the_first_name_counts() -> None:
    told = Told()
    told.hear(Names({"192.0.2.1": "a"}))
    told.hear(Names({"192.0.2.1": "b", "192.0.2.2": "c"}))
    assert told.names == {"192.0.2.1": "a", "192.0.2.2": "c"}


def test_it_is_bounded() -> None:
    told = Told()
    for number in range(10):
        told.hear(Secrets(SECRETS_TLS_KEY_LOG, bytes(TOLD_LIMIT // 4)))
        told.hear(Names({f"192.0.2.{number}": "x" * (TOLD_LIMIT // 4)}))
    assert len(told.secrets) <= TOLD_LIMIT
    assert len(told.names) == 3
