"""The client: addresses, types, several requests for one wish, and devices that answer otherwise than they should."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.contents.registers import Register, Registers
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from netloom.serving import Serving
from netloom.wire.modbus import framing
from netloom.wire.modbus.framing import Frame
from netloom.wire.modbus.requests import Other, WriteOne
from netloom.wire.modbus.responses import Bits, Identity, Refusal, Words, Written
from tests.protocols.modbus.lab import SCHEMES, framed, liar, place, put, served
from tests.worlds import cancel_everywhere, record, records


def many(count: int = 300) -> Registers:
    return Registers(
        [
            (Register(name=f"h{n}", kind="int", writable=True, table="holding", address=n, encoding="uint16"), n)
            for n in range(count)
        ]
        + [
            (Register(name=f"c{n}", kind="bool", writable=True, table="coil", address=n), n % 3 == 0)
            for n in range(2100)
        ]
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/input/0?type=float32", 21.5),
        ("/input/2", 64),
        ("/30003", 64),
        ("/holding/0-2", [16816, 0, 80]),
        ("/40001-40003", [16816, 0, 80]),
        ("/holding/0-1?type=float32", [22.0]),
        ("/holding/100-115?type=text", "greenhouse-1"),
        ("/holding/100?type=text&count=16", "greenhouse-1"),
        ("/coil/0-1", [False, True]),
        ("/coil/1", True),
        ("/00002", True),
        ("/discrete/0", False),
        ("/10001", False),
    ],
)
def test_what_is_read(scheme: str, path: str, value: Any) -> None:
    async def main() -> None:
        async with served(scheme) as network:
            found = await record(network, "get", place(scheme, path))
            assert (found.status, found.value) == (Status.SUCCESS, value), found.message
            assert found.meta["unit"] == 1

    virtual(main())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("/holding/0?type=float32", "23.5", 23.5),
        ("/holding/2", "7", 7),
        ("/holding/2#multiple", "0x07", 7),
        ("/40003", "8\n", 8),
        ("/holding/0-1?type=float32", "17.25", [17.25]),
        ("/holding/100-115?type=text", "a house\n", "a house"),
        ("/holding/100?type=text&count=16", "größer", "größer"),
        ("/coil/0", "on", True),
        ("/coil/0", "on, off", [True, False]),
        ("/coil/0-1", "0 1", [False, True]),
    ],
)
def test_what_is_written(scheme: str, path: str, text: str, value: Any) -> None:
    async def main() -> None:
        async with served(scheme) as network:
            attempt, written = await put(network, place(scheme, path), text)
            assert (attempt.error, written) == (None, value)
            count = "" if "-" in path or "?" in path or not isinstance(value, list) else f"?count={len(value)}"
            assert (await record(network, "get", place(scheme, path + count))).value == value

    virtual(main())


def test_more_than_one_request_holds() -> None:
    async def main() -> None:
        async with served(registers=many()) as network:
            found = await record(network, "get", place(path="/holding/0?count=300"))
            assert found.value == list(range(300))
            found = await record(network, "get", place(path="/coil/0-2099"))
            assert found.value == [number % 3 == 0 for number in range(2100)]
            attempt, _ = await put(
                network, place(path="/holding/0"), " ".join(str(number * 7) for number in range(300))
            )
            assert attempt.error is None
            found = await record(network, "get", place(path="/holding/0-299"))
            assert found.value == [number * 7 for number in range(300)]

    virtual(main())


def test_a_value_is_never_cut_in_two() -> None:
    sizes: list[int] = []

    def answer(frame: Frame, _: int) -> bytes:
        count = int.from_bytes(frame.pdu[3:5])
        sizes.append(count)
        return framed(frame, Words(3, (0,) * count))

    async def main() -> None:
        async with liar(answer) as (network, _):
            found = await record(network, "get", place(path="/holding/0?type=float64&count=40"))
            assert found.value == [0.0] * 40

    virtual(main())
    assert sizes == [124, 36]


async def listing(network: MemoryNetwork, where: str) -> list[Any]:
    found: list[Any] = await records(network, "list", where)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_table_is_listed_to_its_end(scheme: str) -> None:
    async def main() -> None:
        async with served(scheme) as network:
            listed = await listing(network, place(scheme, "/coil"))
            assert [(each.entry.name, each.entry.value) for each in listed[:-1]] == [
                ("coil/0", False),
                ("coil/1", True),
            ]
            listed = await listing(network, place(scheme, "/holding/1-3"))
            assert [each.entry.path for each in listed[:-1]] == ["/holding/1", "/holding/2", "/holding/3"]
        async with served(scheme, many()) as network:
            listed = await listing(network, place(scheme, "/holding/7"))
            assert [each.entry.value for each in listed[:-1]] == list(range(7, 300))
            listed = await listing(network, place(scheme, "/input"))
            assert [each.status for each in listed] == [Status.REFUSED_BY_PEER]

    virtual(main())


def test_without_a_path_it_is_who_the_device_is() -> None:
    async def main() -> None:
        async with served() as network:
            found = await record(network, "get", place())
            assert found.value["vendor"] == "netloom"
            assert found.value["product name"] == "a simulated controller"

    virtual(main())


@pytest.mark.parametrize(
    ("operation", "path", "words"),
    [
        ("get", "/heap/0", "names no registers"),
        ("get", "/holding", "names no registers"),
        ("get", "/holding/65536", "65535"),
        ("get", "/holding/65535-65536", "65535"),
        ("get", "/holding/5-3", "whole values"),
        ("get", "/holding/0-2?type=float32", "whole values"),
        ("get", "/holding/65535?type=float32", "beyond"),
        ("get", "/holding/0?type=float16", "nothing that Modbus"),
        ("get", "/holding/0?count=0", "nothing that Modbus"),
        ("get", "/holding/0-1?count=2", "range"),
        ("get", "/holding/0?type=text", "how long"),
        ("get", "/coil/0?type=int16", "no type"),
        ("get", "/40000", "count from 1"),
        ("get", "?type=int16", "which registers"),
        ("list", "", "which table"),
        ("list", "/heap", "names no registers"),
    ],
)
def test_what_is_no_place(operation: str, path: str, words: str) -> None:
    async def main() -> None:
        async with served() as network:
            with pytest.raises(NetloomError, match=words):
                await record(network, operation, place(path=path))

    virtual(main())


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("/input/0", "1", "only read"),
        ("/discrete/0", "1", "only read"),
        ("", "1", "where"),
        ("/holding/0", "65536", "fit"),
        ("/holding/0", "warm", "no number"),
        ("/holding/0", "1.5", "whole"),
        ("/coil/0", "2", "no bit"),
        ("/coil/0-1", "1", "takes 2 values"),
        ("/holding/0-1?type=float32", "1 2", "takes 1 values"),
        ("/holding/0-1?type=text", "warp and weft", "fit"),
    ],
)
def test_what_is_not_written(path: str, text: str, words: str) -> None:
    async def main() -> None:
        async with served() as network:
            with pytest.raises(NetloomError, match=words):
                await put(network, place(path=path), text)

    virtual(main())


@pytest.mark.parametrize(("code", "hint"), [(1, "unit"), (2, "40001"), (3, "value"), (6, "busy|else"), (11, "gateway")])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_exception_is_a_no(scheme: str, code: int, hint: str) -> None:
    async def main() -> None:
        async with liar(lambda frame, _: framed(frame, Refusal(frame.pdu[0], code), scheme), scheme) as (network, _):
            found = await record(network, "get", place(scheme, "/holding/0"))
            assert found.status is Status.REFUSED_BY_PEER
            assert any(word in found.hint for word in hint.split("|"))

    virtual(main())


LIES = {
    "fewer words": lambda frame: framed(frame, Words(3, (1,))),
    "more words": lambda frame: framed(frame, Words(3, (1, 2, 3))),
    "another function": lambda frame: framed(frame, Words(4, (1, 2))),
    "bits": lambda frame: framed(frame, Bits(3, (0,) * 8)),
    "an exception to another function": lambda frame: framed(frame, Refusal(4, 2)),
    "an echo": framing.emit_tcp,
    "another unit": lambda frame: framed(frame, Words(3, (1, 2)), unit=9),
    "another protocol": lambda frame: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "no length": lambda frame: b"\0\0\0\0\0\0\1\3",
    "a length beyond the limit": lambda frame: b"\0\0\0\0\xff\xff\1\3",
    "an unknown function": lambda frame: framed(frame, Other(100, b"x")),
    "half a PDU": lambda frame: framing.emit_tcp(Frame(frame.unit, b"\3\4\0", frame.transaction)),
    "answers to nothing": lambda frame: framed(frame, Words(3, (1, 2)), transaction=999) * 100,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_device_that_breaks_the_protocol(lie: Any) -> None:
    async def main() -> None:
        async with liar(lambda frame, _: lie(frame)) as (network, _):
            found = await record(network, "get", place(path="/holding/0-1"))
            assert found.status is Status.PROTOCOL_ERROR, found.message

    virtual(main())


def test_what_is_left_of_others_is_passed_over() -> None:
    async def main() -> None:
        def answer(frame: Frame, _: int) -> bytes:
            return framed(frame, Words(3, (9, 9)), transaction=frame.transaction ^ 1) + framed(frame, Words(3, (1, 2)))

        async with liar(answer) as (network, _):
            assert (await record(network, "get", place(path="/holding/0-1"))).value == [1, 2]

    virtual(main())


@pytest.mark.parametrize(
    "answer", [Written(16, 0, 1), Written(16, 1, 2), WriteOne(6, 0, 5), Refusal(16, 3), Written(15, 0, 2)], ids=str
)
def test_what_was_written_is_confirmed(answer: Any) -> None:
    async def main() -> None:
        async with liar(lambda frame, _: framed(frame, answer)) as (network, _):
            attempt, _ = await put(network, place(path="/holding/0"), "1 2")
            assert attempt.error is not None
            assert attempt.error.status is (
                Status.REFUSED_BY_PEER if isinstance(answer, Refusal) else Status.PROTOCOL_ERROR
            )

    virtual(main())


def test_a_device_that_hangs_up() -> None:
    async def main() -> None:
        async with liar(lambda frame, number: None) as (network, _):
            assert (await record(network, "get", place(path="/holding/0"))).status is Status.CLOSED

    virtual(main())


def test_an_identification_that_goes_in_circles() -> None:
    async def main() -> None:
        def answer(frame: Frame, number: int) -> bytes:
            return framed(frame, Identity(1, 1, ((0, b"x"),), 1))

        async with liar(answer) as (network, heard):
            found = await record(network, "get", place())
            assert found.status is Status.PROTOCOL_ERROR
            assert len(heard) == 2

    virtual(main())


def test_the_unit_is_chosen() -> None:
    async def main() -> None:
        async with liar(lambda frame, _: framed(frame, Words(3, (frame.unit,)))) as (network, _):
            assert (await record(network, "get", place(path="/holding/0#unit=17"))).value == 17

    virtual(main())


class TestCommands:
    @pytest.mark.parametrize("scheme", SCHEMES)
    @pytest.mark.parametrize(
        ("command", "value"),
        [
            ("identify 0", {"vendor": "netloom"}),
            ("diagnose 0 a537", "a537"),
            ("diagnose return-query-data 0xbeef", "beef"),
            ("diagnose clear-counters", 0),
            ("diagnose bus-message-count", 1),
            ("server-id", b"registers\xff".hex()),
            ("mask 2 0xff00 0x0025", None),
            ("read-write 0 3 2 77", [16816, 0, 77]),
            ("pdu 0300020001", "03020050"),
        ],
    )
    def test_on_our_device(self, scheme: str, command: str, value: Any) -> None:
        async def main() -> None:
            async with served(scheme) as network:
                found = await record(network, "run", place(scheme), command)
                assert (found.status, found.value) == (Status.SUCCESS, value), found.message
                if command.startswith("mask"):
                    assert (await record(network, "get", place(scheme, "/holding/2"))).value == 0x25

        virtual(main())

    @pytest.mark.parametrize("level", ["", " basic", " regular", " extended"])
    def test_identify(self, level: str) -> None:
        async def main() -> None:
            async with served() as network:
                found = await record(network, "run", place(), f"identify{level}")
                names = ["vendor", "product code", "revision"]
                assert list(found.value) == (names if "basic" in level else [*names, "product name"])

        virtual(main())

    @pytest.mark.parametrize(
        ("command", "answer", "value"),
        [
            ("status", "076d", 0x6D),
            ("event-counter", "0bffff0108", {"busy": True, "count": 264}),
            (
                "event-log",
                "0c08000001080121 2000",
                {"busy": False, "count": 264, "messages": 289, "events": ["0x20", "0x00"]},
            ),
            ("fifo 1246", "1800060002 01b81284", [440, 4740]),
            ("read-file 4 1 2", "1406 05060dfe0020", [[3582, 32]]),
            ("write-file 4 7 1711", "15 09 06 0004 0007 0001 06af", None),
        ],
    )
    def test_on_others(self, command: str, answer: str, value: Any) -> None:
        async def main() -> None:
            def said(frame: Frame, _: int) -> bytes:
                return framing.emit_tcp(Frame(frame.unit, bytes.fromhex(answer), frame.transaction))

            async with liar(said) as (network, _):
                found = await record(network, "run", place(), command)
                assert (found.status, found.value) == (Status.SUCCESS, value), found.message

        virtual(main())

    @pytest.mark.parametrize(
        "command",
        ["", "explode", "identify a b", "identify x", "diagnose", "diagnose 0 xyz", "mask 1 2", "mask 1 2 x", "fifo",
         "pdu", "pdu 83", "pdu 00", "status 1", "read-write 1 2 3"],
    )  # fmt: skip
    def test_what_is_none(self, command: str) -> None:
        async def main() -> None:
            async with served() as network:
                with pytest.raises(UsageError):
                    await record(network, "run", place(), command)

        virtual(main())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_cancelled_anywhere(scheme: str) -> None:
    async def world() -> tuple[Any, Any]:
        network = MemoryNetwork()
        serving = Serving([Endpoint.parse(place(scheme))], [many()], network=network)
        await serving.start()
        before = asyncio.all_tasks()

        async def work() -> None:
            await record(network, "probe", place(scheme, "/holding/0?count=300"))

        async def check() -> None:
            await asyncio.sleep(1)
            assert asyncio.all_tasks() - before <= {asyncio.current_task()}
            assert (await record(network, "get", place(scheme, "/holding/7"))).value == 7
            await serving.stop(0.0)

        return work(), check

    assert cancel_everywhere(world) > 10
