"""Rewrite as an operation: what is asked, told and refused. What it makes: tests/packet/rewriting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet import TCP, UDP, Ethernet, IPv4
from netloom.packet.captures import create, open_capture
from netloom.packet.captures.record import DamagedFile, Written
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.runs import Run
from netloom.serving import Serving
from tests.worlds import record as asked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    path = tmp_path / "in.pcap"
    with create(path) as writer:
        for number in range(3):
            packet = Ethernet() / IPv4(src=f"10.0.0.{number}", dst="192.0.2.9") / TCP(dport=443) / b"secret words"
            writer.write(Frame(bytes(packet), (1_000 + number) * 10**9, 1, len(bytes(packet))))
    return path


async def rewritten(*files: Path, **fields: Any) -> list[Any]:
    return [record async for record in Run[Any].prepare("rewrite", ([str(file) for file in files],), fields)]


def packets(path: Path) -> list[Frame]:
    return list(open_capture(path).frames())


async def test_all_at_once(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    (record,) = await rewritten(
        source,
        to=str(target),
        address=["10.0.0.0/24=198.51.100.0/24"],
        port=["443=8443"],
        mac=["ff:ff:ff:ff:ff:ff=02:00:00:00:00:01"],
        vlan=["none=7"],
        ttl=9,
        at="2000",
        speed=2,
        filter="not src host 10.0.0.1",
        truncate_payload=True,
    )
    assert isinstance(record, Written)
    assert (record.frames, record.first, record.last, record.lost) == (2, 2000.0, 2001.0, ())
    first, _ = packets(target)
    read = dissect(first)
    assert (read.row.src_low & 0xFFFFFFFF, read.row.dst_port, read.row.ttl, read.row.vlan) == (0xC6336400, 8443, 9, 7)
    assert (len(first.data), first.length) == (58, 70)
    assert read.row.dst_mac == 0x020000000001


async def test_a_key_from_a_file_is_the_key(source: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("correct horse\n")
    targets = [tmp_path / f"{number}.pcap" for number in range(3)]
    for target, given in zip(targets, (f"@{key}", "correct horse", "fresh"), strict=True):
        (record,) = await rewritten(source, to=str(target), anonymise=given)
        assert "horse" not in str(record)
    one, two, three = (packets(target) for target in targets)
    assert one == two
    assert one != three
    rows = [dissect(frame).row for frame in one]
    assert len({row.src_low >> 8 for row in rows}) == 1
    assert len({row.src_low for row in rows}) == 3


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"to": ""}, "into which file"),
    ({"address": ["10.0.0.1"]}, "OLD=NEW"),
    ({"vlan": ["x=1"]}, "no number"),
    ({"ttl": 256}, "ttl"),
    ({"speed": 0}, "speed"),
    ({"at": "5", "shift": 1.0}, "--at says"),
    ({"at": "then"}, "is no time"),
    ({"anonymise": ""}, "key is empty"),
    ({"anonymise": "@/nonexistent/key"}, "can't be read"),
    ({"anonymise": "x", "address": ["10.0.0.1=10.0.0.2"]}, "rewrite|--anonymise"),
    ({"anonymise": "x", "mac": ["02:00:00:00:00:01=02:00:00:00:00:02"]}, "--anonymise"),
]


@pytest.mark.parametrize(("fields", "told"), REFUSED)
async def test_mistakes(source: Path, tmp_path: Path, fields: dict[str, Any], told: str) -> None:
    target = tmp_path / "out.pcap"
    with pytest.raises(UsageError, match=told):
        await rewritten(source, **{"to": str(target), **fields})
    assert not target.exists()


async def test_a_time_before_all_times(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="time"):
        await rewritten(source, to=str(tmp_path / "out.pcap"), shift=-2000)


async def test_damage_is_told_and_strict_fails(source: Path, tmp_path: Path) -> None:
    source.write_bytes(source.read_bytes()[:-3])
    damaged, record = await rewritten(source, to=str(tmp_path / "out.pcap"))
    assert isinstance(damaged, DamagedFile)
    assert (damaged.frames, record.frames) == (2, 2)
    with pytest.raises(RemoteProtocolError, match="damaged"):
        await rewritten(source, to=str(tmp_path / "strict.pcap"), strict=True)
    assert len(packets(tmp_path / "strict.pcap")) == 2


async def test_many_files_are_one(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pcap"
    with create(other) as writer:
        data = bytes(Ethernet() / IPv4() / UDP() / b"")
        writer.write(Frame(data, 7 * 10**9, 1, len(data)))
    (record,) = await rewritten(source, other, to=str(tmp_path / "out.pcapng"), snap=30)
    assert (record.frames, record.octets) == (4, 120)


CANARY = "canary-5213"


async def test_secrets_are_stripped(tmp_path: Path) -> None:
    """Neither the key log nor a comment is left, and nobody is told that anything was lost: it was asked for."""
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    line = f"CLIENT_RANDOM {'00' * 32} {CANARY.encode().hex()}\n".encode()
    with create(source) as writer:
        writer.secrets(line)
        writer.write(Frame(b"x", 1, 1, 1, comment=f"the password is {CANARY}"))
        writer.secrets(CANARY.encode(), 0x57474B4C)  # WireGuard's
        writer.write(Frame(b"y", 2, 1, 1))
    (record,) = await rewritten(source, to=str(target), strip_secrets=True)
    assert (record.frames, record.lost) == (2, ())
    for secret in (CANARY.encode(), CANARY.encode().hex().encode()):
        assert secret in source.read_bytes()
        assert secret not in target.read_bytes()
    assert [frame.data for frame in packets(target)] == [b"x", b"y"]
    assert target.stat().st_mode & 0o777 == 0o600


async def test_a_stripped_recording_is_still_one(tmp_path: Path) -> None:
    """What was encrypted is there, and stays so."""
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    async with Serving([Endpoint.parse("tls://127.0.0.1:0")]) as serving:
        where = f"{serving.endpoint}#reply=some,verify=no"
        said = await asked(None, "send", where, CANARY, record=str(source))
        unsaid = await asked(None, "send", where, CANARY, record=f"{source}.2", secrets=False)
    assert said.body == unsaid.body == CANARY.encode()
    await rewritten(source, to=str(target), strip_secrets=True)
    kept, stripped, without = (open_capture(path) for path in (source, target, f"{source}.2"))
    assert [frame.data for frame in stripped.frames()] == [frame.data for frame in kept.frames()]
    assert list(without.frames())
    assert (b"TRAFFIC_SECRET" in kept.secrets, stripped.secrets, without.secrets) == (True, b"", b"")
