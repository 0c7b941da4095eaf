"""Both ends of a transfer, between our client and our server, over ways of every quality."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.links import virtual
from netloom.protocols.tftp.ends import Blocks, refused
from netloom.wire.tftp.packets import Ack, Data, Refusal
from tests.protocols.tftp.lab import BIG, Lab, Way, body


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 6000), st.integers(1, 20), st.sampled_from([64, 512, 1428]))
def test_what_is_sent_arrives(seed: int, size: int, window: int, blksize: int) -> None:
    """Each datagram may be lost, come twice, or come after later ones."""

    async def main() -> None:
        trouble = random.Random(seed)
        data = trouble.randbytes(size)
        options = f"windowsize={window},blksize={blksize},tries=20"
        async with Lab("tries=20", network=Way(trouble=trouble), files={"a": data}) as lab:
            assert await lab.get("/a", options) == data
            await lab.put("/b", data, options=options)
            assert await lab.read("b") == data

    virtual.run(main())


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("verb", ["get", "put"])
def test_each_datagram_may_be_lost_once(verb: str, window: int) -> None:
    data = bytes(range(256)) * 20
    options = f"blksize=512,windowsize={window}"

    async def go(lost: int) -> int:
        network, count = Way(), 0

        def lose(_: bytes) -> bool:
            nonlocal count
            count += 1
            return count == lost

        network.lose = lose
        async with Lab(network=network, files={"a": data}) as lab:
            if verb == "get":
                assert await lab.get("/a", options) == data
            else:
                await lab.put("/b", data, options=options)
                assert await lab.read("b") == data
        return len(network.sent)

    calm = virtual.run(go(0))
    for lost in range(1, calm + 1):
        assert virtual.run(go(lost)) <= calm + 3 * window + 3, "a loss costs little"


@pytest.mark.parametrize("window", [1, 8])
def test_duplicates_do_not_breed(window: int) -> None:
    """The sorcerer's apprentice (RFC 1123 §4.2.3.1): whatever comes twice is sent no more often."""

    class Twice(random.Random):
        def choice(self, seq):  # type: ignore[no-untyped-def]
            return 2 if 2 in seq else seq[0]

    async def main() -> None:
        network = Way(trouble=Twice())
        async with Lab(network=network) as lab:
            assert await lab.get("/big.bin", f"blksize=512,windowsize={window}") == BIG
        blocks = [packet for port in {to for _, to, _ in network.sent} for packet in network.heard(port)]
        data = [packet for packet in blocks if isinstance(packet, Data)]
        acks = [packet for packet in blocks if isinstance(packet, Ack)]
        assert len(data) == len(BIG) // 512 + 1
        assert len(acks) <= 2 * len(data) + 2

    virtual.run(main())


def test_numbers_begin_anew() -> None:
    async def main() -> None:
        data = random.Random(1).randbytes(8 * 66_000 + 3)
        async with Lab(files={"a": data}) as lab:
            assert await lab.get("/a", "blksize=8,windowsize=1000") == data
            assert await lab.get("/a", "blksize=8,windowsize=1") == data
            await lab.put("/b", data, options="blksize=8,windowsize=64")
            assert await lab.read("b") == data

    virtual.run(main())


async def test_blocks_are_cut_from_chunks() -> None:
    for chunks in ((b"abcdefgh",), (b"a", b"bcd", b"", b"efg", b"h")):
        blocks = Blocks(body(*chunks), 3)
        assert [await blocks.next() for _ in range(4)] == [b"abc", b"def", b"gh", b""]
        assert blocks.size == 8
    assert await Blocks(body(), 3).next() == b""


def test_what_errors_mean() -> None:
    found = refused(Refusal(1, "no boot"))
    assert (found.code, found.message) == (1, "there is no such file: 1 no boot")
    assert refused(Refusal(77)).message == "refused: 77"
