"""Work: whole files, with what belongs to their packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet import UDP, Ethernet, IPv4
from netloom.packet.captures import Interface, Names, Secrets, create, open_capture, read
from netloom.packet.frame import Frame
from netloom.packet.rewriting.anonymity import Anonymity
from netloom.packet.rewriting.changes import prefixes
from netloom.packet.rewriting.rewriter import Changes
from netloom.packet.rewriting.work import Rewriting
from tests.packet.captures.samples import KEY_LOG

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.captures.record import Written

pytestmark = pytest.mark.usefixtures("leaves_nothing")

ADDRESSES = Changes(addresses=prefixes(["10.0.0.0/8=198.0.0.0/8"]))
ANONYMOUS = Changes(anonymity=Anonymity(bytes(range(32))))


def octets(address: str, port: int = 53) -> bytes:
    return bytes(Ethernet() / IPv4(src=address) / UDP(dport=port) / b"data")


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    path = tmp_path / "in.pcapng"
    with create(path) as writer:
        writer.names({"10.0.0.1": "one"})
        writer.secrets(KEY_LOG)
        first = writer.interface(Interface(1, "eth0", snap=1000))
        data = octets("10.0.0.1")
        writer.write(Frame(data, 1_000, 1, len(data), comment="look here"), first)
        data = octets("10.0.0.2", 123)
        writer.write(Frame(data, 2_000, 1, len(data)), writer.interface(Interface(1, "eth1")))
    return path


def rewrite(source: Path, target: Path, changes: Changes, **fields: Any) -> Written:
    work = Rewriting([source], target, changes, **fields)
    try:
        while work.step():
            assert work.position <= work.size
        (record,) = work.finish()
        return record
    finally:
        work.close()


def test_what_belongs_to_packets_stays(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    record = rewrite(source, target, ADDRESSES)
    blocks = list(read(target))
    assert [block.data for block in blocks if isinstance(block, Frame)] == [
        octets("198.0.0.1"),
        octets("198.0.0.2", 123),
    ]
    assert [block.comment for block in blocks if isinstance(block, Frame)] == ["look here", ""]
    assert [block.names for block in blocks if isinstance(block, Names)] == [{"198.0.0.1": "one"}]
    assert [block.data for block in blocks if isinstance(block, Secrets)] == [KEY_LOG]
    assert [block.name for block in blocks if isinstance(block, Interface)] == ["eth0", "eth1"]
    assert (record.frames, record.lost, record.first) == (2, (), 1e-06)


def test_nobody_is_told_by_what_belongs_to_packets(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    record = rewrite(source, target, ANONYMOUS)
    assert record.lost == ("comments", "names", "secrets")
    assert not any(isinstance(block, Names | Secrets) for block in read(target))
    data = target.read_bytes()
    for told in (b"one", b"look here", b"CLIENT_RANDOM", bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])):
        assert told not in data


def test_a_filter_leaves_the_others_out(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcap"
    record = rewrite(source, target, ADDRESSES, wanted="udp port 123")
    assert [frame.data for frame in open_capture(target).frames()] == [octets("198.0.0.2", 123)]
    assert record.lost == ("names", "secrets")  # pcap has no place for them


def test_an_interface_tells_how_much_is_kept(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    rewrite(source, target, Changes(snap=20))
    blocks = list(read(target))
    assert [block.snap for block in blocks if isinstance(block, Interface)] == [20, 20]
    assert [(len(block.data), block.length) for block in blocks if isinstance(block, Frame)] == [(20, 46)] * 2
    rewrite(source, target, Changes(snap=2000), overwrite=True)
    assert [block.snap for block in read(target) if isinstance(block, Interface)] == [1000, 2000]


def test_it_isnt_written_over_what_is_read(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is read itself"):
        Rewriting([source], source, ADDRESSES, overwrite=True)
    target = tmp_path / "out.pcapng"
    target.touch()
    with pytest.raises(UsageError, match="exists already"):
        Rewriting([source], target, ADDRESSES)
    with pytest.raises(UsageError):
        Rewriting([source], tmp_path / "new.pcap", ADDRESSES, wanted="nonsense (")
    assert not (tmp_path / "new.pcap").exists()


def test_damage_is_noted_and_it_can_be_stopped(source: Path, tmp_path: Path) -> None:
    source.write_bytes(source.read_bytes()[:-10])
    work = Rewriting([source], tmp_path / "out.pcapng", ADDRESSES)
    while work.step():
        pass
    assert work.finish()[0].frames == 1
    assert [note.frames for note in work.notes] == [1]
    again = Rewriting([source], tmp_path / "again.pcapng", ADDRESSES)
    again.cancel()
    assert not again.step()
    again.close()
