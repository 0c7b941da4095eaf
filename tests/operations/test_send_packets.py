"""Send packets as an operation: how often, how fast, what comes back, and what can't be sent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.captures.writer import create
from netloom.packet.frame import Frame
from netloom.packet.live.records import AnswerRecord, SentRecord
from netloom.runs import Run
from tests.interop.peers import READY
from tests.packet.live.lab import HERE, THERE, THERE_MAC, Lab, lab, unprivileged
from tests.packet.live.test_ring import OURS, made, ring, seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")

OURS_TEXT = f'Ethernet(dst="{THERE_MAC}", type=0x88b5)/"%s"'


@pytest.fixture(scope="module", name="wire")
def _wire() -> Iterator[Lab]:
    with lab() as pair:
        yield pair


async def sent(wire: Lab, *packets: str, **fields: Any) -> list[Any]:
    with wire.inside():
        return [record async for record in Run[Any].prepare("send-packets", (list(packets),), fields)]


def capture(path: Path, *frames: Frame) -> str:
    with create(path) as writer:
        for frame in frames:
            writer.write(frame)
    return str(path)


async def test_answers_and_what_was_sent(wire: Lab) -> None:
    *answers, whole = await sent(wire, f'IPv4(dst="{THERE}", ttl=[60, 61])/ICMP()', answers=True)
    assert [(type(record), record.number, record.answers) for record in answers] == [
        (AnswerRecord, 1, 1), (AnswerRecord, 2, 2),
    ]  # fmt: skip
    for record in answers:
        assert (record.src, record.dst, record.protocol) == (THERE, HERE, "icmp")
        assert (record.words, record.is_error) == ("echo reply", False)
        assert 0 < record.seconds < 2
    assert isinstance(whole, SentRecord)
    assert (whole.packets, whole.octets, whole.answered, whole.refused) == (2, 56, 2, 0)


async def test_a_closed_port(wire: Lab) -> None:
    answer, whole = await sent(wire, f'IPv4(dst="{THERE}")/TCP(sport=4000, dport=9, seq=41)', answers=True)
    assert answer.words == "RA seq 0, ack 42, win 0"
    assert whole.answered == 1
    answer, _ = await sent(wire, f'IPv4(dst="{THERE}")/UDP(sport=4000, dport=9)', answers=True)
    assert answer.is_error
    assert answer.words.startswith("port unreachable")


async def test_silence(wire: Lab) -> None:
    (whole,) = await sent(wire, OURS_TEXT % "x", interface="va", answers=True, wait=0.1)
    assert (whole.packets, whole.answered) == (1, 0)


@pytest.mark.parametrize(
    "fields",
    [{}, {"count": 3}, {"count": 100}, {"count": 30, "rate": 1000}, {"bypass": True}, {"answers": True, "wait": 0}],
)
async def test_as_often_as_asked(wire: Lab, fields: dict[str, Any]) -> None:
    texts = OURS_TEXT % "one", OURS_TEXT % "two"
    count = fields.get("count", 1)
    with ring(wire, "there", "vb", program=OURS) as far:
        (whole,) = await sent(wire, *texts, interface="va", **fields)
        found = seen(far, 2 * count)
    assert [frame.data[14:] for frame in found] == [b"one", b"two"] * count
    assert (whole.interface, whole.packets, whole.octets) == ("va", 2 * count, 34 * count)
    if "rate" in fields:
        assert whole.seconds >= (2 * count - 65) / 1000


@pytest.mark.parametrize(
    "fields", [{"top_speed": True}, {"speed": 10}, {"rate": 2000}, {"count": 2, "top_speed": True}]
)
async def test_a_capture(wire: Lab, tmp_path: Path, fields: dict[str, Any]) -> None:
    path = capture(
        tmp_path / "x.pcap", *[Frame(made(n, 60 + n), 10**18 + n * 10_000_000, 1, 60 + n) for n in range(50)]
    )
    with ring(wire, "there", "vb", program=OURS) as far:
        (whole,) = await sent(wire, path, interface="va", **fields)
        found = seen(far, 50 * fields.get("count", 1))
    assert [frame.data for frame in found] == [made(n, 60 + n) for n in range(50)] * fields.get("count", 1)
    if "speed" in fields:
        assert whole.seconds >= 0.049
        stamps = [frame.timestamp_ns or 0 for frame in found]
        assert stamps[-1] - stamps[0] >= 45_000_000


async def test_what_isn_t_taken_is_counted(wire: Lab, tmp_path: Path) -> None:
    path = capture(
        tmp_path / "x.pcap", Frame(made(1), 1, 1, 60), Frame(made(2, 1600), 2, 1, 1600), Frame(made(3), 3, 1, 60)
    )
    with ring(wire, "there", "vb", program=OURS) as far:
        (whole,) = await sent(wire, path, interface="va")
        assert [frame.data for frame in seen(far, 2)] == [made(1), made(3)]
    assert (whole.packets, whole.refused) == (2, 1)
    assert "1600 octets are too long" in whole.problem


async def test_where_none_is_taken_it_fails(wire: Lab, tmp_path: Path) -> None:
    path = capture(tmp_path / "x.pcap", Frame(made(2, 1600), 2, 1, 1600))
    with pytest.raises(UsageError, match="too long"):
        await sent(wire, path, interface="va")


@pytest.mark.parametrize("count", [0, 5])
async def test_nothing_again_and_again_ends(wire: Lab, tmp_path: Path, count: int) -> None:
    (whole,) = await sent(wire, capture(tmp_path / "x.pcap"), interface="va", count=count, top_speed=True)
    assert whole.packets == 0


async def test_leaving_ends_it(wire: Lab) -> None:
    run = Run[Any].prepare("send-packets", ([OURS_TEXT % "x"],), {"interface": "va", "count": 0})

    async def read() -> None:
        async for _ in run:
            pytest.fail("it has no end")

    with wire.inside():
        task = asyncio.create_task(read())
        with ring(wire, "there", "vb", program=OURS) as far:
            assert await asyncio.to_thread(far.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


@pytest.mark.parametrize(
    ("packets", "fields", "words"),
    [
        ([OURS_TEXT % "x"], {}, "--interface NAME"),
        (["IPv4()"], {"bypass": True}, "frames only"),
        (["-"], {"interface": "va", "count": 2}, "is there once"),
        (["IPv4()", OURS_TEXT % "x"], {"interface": "va"}, "together"),
        ([OURS_TEXT % "x"], {"interface": "any"}, "name one interface|no Ethernet"),
        (["nowhere.pcap"], {"interface": "va"}, "there is no file"),
        ([], {}, "at least one"),
        (["IPv4()"], {"speed": 0}, "speed"),
    ],
)
async def test_what_can_t_be(wire: Lab, packets: list[str], fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await sent(wire, *packets, **fields)


def test_without_the_privilege_it_says_how() -> None:
    command = [*unprivileged(), sys.executable, "-m", "netloom", "send-packets", "IPv4()/ICMP()"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("netloom: sending IP packets takes CAP_NET_RAW, which this process doesn't have\n")
    assert "setcap" in done.stderr


def test_ctrl_c_tells_how_many(wire: Lab) -> None:
    command = wire.netloom("here", "send-packets", OURS_TEXT % "x", "-i", "va", "--count", "0", "--rate", "1000")
    with ring(wire, "there", "vb", program=OURS) as far:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert len(seen(far, 100)) >= 100
        process.send_signal(2)
        out, said = process.communicate(timeout=READY)
        counted = far.counts().passed
    assert (process.returncode, out) == (130, "")
    assert said == f"netloom: stopped after {counted} packets\n"
