"""Both ends of a transfer, joined by a network that loses, repeats and mixes up."""

from __future__ import annotations

import random
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.tftp.packets import Ack, Data
from netloom.wire.tftp.transfer import Receiver, Sender, Taken

SIZE = 8


def cut(whole: bytes) -> deque[bytes]:
    """Blocks, the last of them shorter."""
    return deque(whole[at : at + SIZE] for at in range(0, len(whole) + 1, SIZE))


def carry(whole: bytes, window: int, trouble: random.Random) -> tuple[bytes, int]:
    """What arrives, and how many blocks were sent, over a way that is no better than the kernel's."""
    sender, receiver = Sender(SIZE, window), Receiver(SIZE, window)
    left, came, count = cut(whole), bytearray(), 0
    there: deque[Data] = deque()
    back: deque[Ack] = deque()

    def send(data: Data) -> None:
        nonlocal count
        count += 1
        for _ in range(trouble.choice((1, 1, 1, 1, 0, 2))):
            there.insert(trouble.choice((len(there), len(there), len(there), 0)), data)

    for _ in range(100_000):
        while sender.room:
            send(sender.add(left.popleft()))
        if there:
            data = there.popleft()
            taken, acknowledge = receiver.take(data)
            if taken is Taken.NEXT:
                came += data.payload
            if acknowledge and trouble.random() > 0.1:
                back.append(receiver.last)
        elif not back and trouble.random() < 0.5:  # somebody's patience ends
            back.append(receiver.again())
        elif not back:
            deque(map(send, sender.again()))
        while back:
            if sender.acknowledge(back.popleft().block):
                deque(map(send, sender.again()))
            if sender.done:
                return bytes(came), count
    raise AssertionError("it never ended")


@given(st.integers(0, 300), st.integers(1, 9), st.integers(0, 2**32))
def test_what_is_sent_arrives(size: int, window: int, seed: int) -> None:
    whole = random.Random(seed).randbytes(size)
    assert carry(whole, window, random.Random(seed))[0] == whole


@pytest.mark.parametrize("window", [1, 4, 16])
def test_numbers_begin_anew_after_65535(window: int) -> None:
    class Calm(random.Random):
        def choice(self, seq):  # type: ignore[no-untyped-def]
            return seq[0]

        def random(self) -> float:
            return 1.0

    whole = bytes(SIZE) * 70_000 + b"end"
    came, count = carry(whole, window, Calm())
    assert came == whole
    assert count == 70_001, "nothing was sent twice"


class TestSender:
    def test_a_late_acknowledgement_is_not_answered(self) -> None:
        """The sorcerer's apprentice: each duplicate would double what is sent from then on."""
        sender = Sender(SIZE, 1)
        sender.add(bytes(SIZE))
        assert not sender.acknowledge(1)
        assert sender.add(bytes(SIZE)).block == 2
        assert not any(sender.acknowledge(1) for _ in range(100))
        assert sender.room == 0
        assert not sender.acknowledge(2)
        assert sender.acknowledged == 2

    def test_what_was_lost_of_a_window_is_sent_again(self) -> None:
        sender = Sender(SIZE, 3)
        for _ in range(3):
            sender.add(bytes(SIZE))
        assert not any(sender.acknowledge(0) for _ in range(4))
        assert [data.block for data in sender.again()] == [1, 2, 3]
        assert sender.acknowledge(1)
        assert [data.block for data in sender.again()] == [2, 3]
        assert sender.room == 1

    @pytest.mark.parametrize("block", [2, 3, 100, 0x7FFF])
    def test_what_was_not_sent_is_not_acknowledged(self, block: int) -> None:
        sender = Sender(SIZE, 1)
        sender.add(bytes(SIZE))
        with pytest.raises(RemoteProtocolError):
            sender.acknowledge(block)

    def test_a_file_ends_with_a_short_block(self) -> None:
        sender = Sender(SIZE, 4)
        sender.add(bytes(SIZE))
        assert not sender.done
        sender.add(b"")
        assert sender.room == 0
        sender.acknowledge(2)
        assert sender.done


class TestReceiver:
    def test_a_window_is_acknowledged_at_its_end(self) -> None:
        receiver = Receiver(SIZE, 3)
        assert [receiver.take(Data(n, bytes(SIZE)))[1] for n in (1, 2, 3, 4)] == [False, False, True, False]
        assert receiver.take(Data(5, b"end")) == (Taken.NEXT, True)
        assert receiver.done
        assert receiver.last == Ack(5)

    def test_a_gap_is_told_once(self) -> None:
        receiver = Receiver(SIZE, 4)
        receiver.take(Data(1, bytes(SIZE)))
        assert [receiver.take(Data(n, bytes(SIZE))) for n in (3, 4)] == [(Taken.GAP, True), (Taken.GAP, False)]
        assert receiver.last == Ack(1)
        assert [receiver.take(Data(n, bytes(SIZE)))[1] for n in (2, 3, 4, 5)] == [False, False, False, True]

    def test_what_comes_again_is_acknowledged_again(self) -> None:
        receiver = Receiver(SIZE, 1)
        receiver.take(Data(1, b"end"))
        assert receiver.take(Data(1, b"end")) == (Taken.BEFORE, True)
        assert receiver.take(Data(2, b"")) == (Taken.BEFORE, False)
        assert receiver.taken == 1

    def test_but_not_what_a_window_has_left_behind(self) -> None:
        """An acknowledgement in the middle of a window would be taken for a loss."""
        receiver = Receiver(SIZE, 3)
        assert [receiver.take(Data(n, bytes(SIZE)))[1] for n in (1, 2, 3)] == [False, False, True]
        assert receiver.take(Data(3, bytes(SIZE))) == (Taken.BEFORE, True)
        assert receiver.take(Data(4, bytes(SIZE))) == (Taken.NEXT, False)
        assert [receiver.take(Data(n, bytes(SIZE)))[1] for n in (2, 3, 4)] == [False, False, False]

    def test_a_block_is_no_larger_than_was_agreed(self) -> None:
        with pytest.raises(RemoteProtocolError):
            Receiver(SIZE, 1).take(Data(1, bytes(SIZE + 1)))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 65535)), max_size=50), st.integers(1, 9))
def test_whatever_comes_is_taken_or_refused(events: list[tuple[bool, int]], window: int) -> None:
    sender, receiver = Sender(SIZE, window), Receiver(SIZE, window)
    for adds, number in events:
        try:
            if adds and sender.room:
                sender.add(bytes(SIZE))
            sender.acknowledge(number)
        except RemoteProtocolError:
            pass
        receiver.take(Data(number, bytes(number % (SIZE + 1))))
        assert len(sender.again()) <= window
