from __future__ import annotations

import asyncio

from netloom.links.virtual import run as virtual
from netloom.throttle import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_grows_and_is_bounded() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    delays = []
    for _ in range(12):
        throttle.failed("192.0.2.1")
        delays.append(throttle.delay_for("192.0.2.1"))
    assert delays[:5] == [0.0, 0.0, 0.5, 1.0, 2.0]
    assert delays[-1] == throttle.longest
    assert throttle.delay_for("192.0.2.2") == 0


def test_time_and_success_forgive() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(4):
        throttle.failed("a")
    clock.now += 0.25
    assert throttle.delay_for("a") == 0.75
    clock.now += 1
    assert throttle.delay_for("a") == 0
    throttle.failed("a")
    assert throttle.delay_for("a") == 2
    throttle.succeeded("a")
    assert throttle.delay_for("a") == 0
    for _ in range(3):
        throttle.failed("b")
    clock.now += throttle.memory + 1
    throttle.failed("b")
    assert throttle.delay_for("b") == 0


def test_an_ipv6_network_is_one_peer() -> None:
    throttle = Throttle(Clock())
    for last in range(4):
        throttle.failed(f"2001:db8::{last}")
    assert throttle.delay_for("2001:db8::ffff") > 0
    assert throttle.delay_for("2001:db8:0:1::1") == 0
    for last in range(4):
        throttle.failed(f"::ffff:192.0.2.{last}")
    assert throttle.delay_for("192.0.2.1") == 0


def test_nobody_in_particular_never_waits() -> None:
    throttle = Throttle(Clock())
    for _ in range(9):
        throttle.failed("")
    assert throttle.delay_for("") == 0


def test_memory_is_bounded() -> None:
    throttle = Throttle(Clock(), peers=10)
    for number in range(1000):
        throttle.failed(f"peer{number}")
    assert len(throttle._failures) == 10


class TestTurn:
    def test_those_who_come_at_once_wait_for_each_other(self) -> None:
        async def main() -> None:
            throttle, looked_at = Throttle(), []

            async def attempt() -> None:
                async with throttle.turn("192.0.2.1"):
                    looked_at.append(asyncio.get_running_loop().time())
                    await asyncio.sleep(0.01)  # as hashing takes a while
                    throttle.failed("192.0.2.1")

            async with asyncio.TaskGroup() as group:
                for _ in range(8):
                    group.create_task(attempt())
            assert [round(at, 2) for at in looked_at] == [0, 0.01, 0.02, 0.53, 1.54, 3.55, 7.56, 15.57]
            assert not throttle._queues

        virtual(main())

    def test_the_delay_is_asked_for_again_after_a_wait(self) -> None:
        async def main() -> None:
            throttle = Throttle()
            for _ in range(3):
                throttle.failed("a")

            async def fail_otherwise() -> None:
                await asyncio.sleep(0.4)
                throttle.failed("a")

            async with asyncio.TaskGroup() as group:
                group.create_task(fail_otherwise())
                async with throttle.turn("a"):
                    assert asyncio.get_running_loop().time() >= 1.4

        virtual(main())

    def test_others_and_nobody_in_particular_do_not_wait(self) -> None:
        async def main() -> None:
            throttle = Throttle()
            for _ in range(9):
                throttle.failed("a")
                throttle.failed("")
            async with asyncio.timeout(0), throttle.turn("b"), throttle.turn(""), throttle.turn(""):
                pass

        virtual(main())

    def test_who_gives_up_leaves_the_queue(self) -> None:
        async def main() -> None:
            throttle = Throttle()
            for _ in range(9):
                throttle.failed("a")

            async def attempt() -> None:
                async with throttle.turn("a"):
                    raise AssertionError("too soon")

            waiting = [asyncio.ensure_future(attempt()) for _ in range(5)]
            await asyncio.sleep(1)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
            assert all(task.cancelled() for task in waiting)
            assert not throttle._queues

        virtual(main())
