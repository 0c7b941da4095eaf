"""Duplicate: datagrams that come twice."""

from __future__ import annotations

from tests.links.faults.bench import Bench, after, on_bench

SAID: list[bytes | None] = [number.to_bytes(2, "big") for number in range(1000)]


def test_each_comes_twice_in_a_row() -> None:
    assert after("duplicate", said=[b"a", b"b"], kind="datagrams").pieces() == [b"a", b"a", b"b", b"b"]


def test_only_that_way() -> None:
    found = after("duplicate:to=server", said=[b"a"], kind="datagrams")
    assert found.pieces() == [b"a"]
    assert after("duplicate:to=server", said=[b"a"], kind="datagrams", to="server").pieces("server") == [b"a", b"a"]


def test_a_share_of_them_which_repeats_with_its_seed() -> None:
    def number(fault: str) -> list[bytes | None]:
        return after(fault, said=SAID, kind="datagrams").pieces()

    found = number("duplicate:25%")
    assert 1180 < len(found) < 1320
    assert set(found) == set(SAID)
    assert number("duplicate:25%") == found
    assert number("duplicate:25%:seed=2") != found


def test_not_on_streams() -> None:
    assert after("duplicate", said=[b"a"]).pieces() == [b"a"]


def test_it_ends_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("duplicate", kind="datagrams")
        bench.say(b"a")
        bench.plan.remove("duplicate")
        bench.say(b"b")
        assert bench.pieces() == [b"a", b"a", b"b"]

    on_bench(main)
