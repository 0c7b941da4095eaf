from __future__ import annotations

import pytest

from netloom.contents import TooLarge
from netloom.protocols.socketio.outbox import Outbox


def test_in_order() -> None:
    outbox = Outbox(10, 10_000)
    assert not outbox
    outbox.put(("a",))
    assert outbox.offer(("b", b"1"))
    outbox.put_later(iter([("c",), ("d", b"2")]))
    outbox.put(("e",))
    assert outbox
    assert outbox.take(10_000) == ["a", "b", b"1", "c", "d", b"2", "e"]
    assert not outbox
    assert outbox.take(10) == []


def test_in_pieces() -> None:
    outbox = Outbox(100, 1 << 20)
    for number in range(4):
        outbox.put((f"{number}" * 1000,))
    outbox.put_later(iter([(f"{number}" * 1000,) for number in range(4, 8)]))
    taken = [outbox.take(1500) for _ in range(5)]
    assert [len(each) for each in taken] == [2, 2, 2, 2, 0]
    assert "".join(str(message)[0] for each in taken for message in each) == "01234567"


def test_the_oldest_events_go() -> None:
    outbox = Outbox(3, 10_000)
    outbox.put(("due",))
    assert [outbox.offer((str(number),)) for number in range(5)] == [True, True, True, False, False]
    assert outbox.dropped == 2
    assert outbox.take(10_000) == ["due", "2", "3", "4"]
    assert outbox.offer(("x",))


def test_by_their_size() -> None:
    outbox = Outbox(100, 1000)
    for number in range(10):
        outbox.offer((str(number) * 300,))
    assert outbox.dropped == 8
    assert [message[:1] for message in outbox.take(10_000)] == ["8", "9"]
    outbox.offer(("x" * 5000,))
    assert not outbox, "one that is too large by itself is lost as well"


def test_what_is_due_may_not_pile_up() -> None:
    outbox = Outbox(3, 10_000)
    for number in range(3):
        outbox.put((str(number),))
    with pytest.raises(TooLarge):
        outbox.put(("3",))
    with pytest.raises(TooLarge):
        outbox.put_later(iter([("3",)]))
    outbox.take(1)
    outbox.put(("3",))


def test_what_is_due_has_a_size() -> None:
    outbox = Outbox(100, 1000)
    outbox.put(("x" * 2000,))
    with pytest.raises(TooLarge):
        outbox.put(("y",))
    assert not outbox.offer(("event",)), "and events don't add to it"
    assert outbox.take(10_000) == ["x" * 2000]
