"""Writers: both formats, interfaces as they come, what a format can't hold, and files closed meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Interface, Names, PcapngWriter, PcapWriter, Secrets, create, open_capture, read
from netloom.packet.captures.blocks import SECRETS_TLS_KEY_LOG
from netloom.packet.captures.writer import BUFFER, kind_of
from netloom.packet.frame import INBOUND, Frame
from tests.packet.captures import samples

pytestmark = pytest.mark.usefixtures("leaves_nothing")

FRAME = Frame(b"abc", samples.TIME, 1, 60)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.pcap", "pcap"), ("x.PCAP.gz", "pcap"), ("x.cap.zst", "pcap"), ("x.pcapng", "pcapng"),
        ("a.pcap/x.ntar", "pcapng"), ("x", None), ("-", None), ("x.gz", None), ("pcap", None), (".pcap", None),
    ],
)  # fmt: skip
def test_the_name_says_the_format(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind
    assert kind_of(Path(name)) == kind


@pytest.mark.parametrize("name", ["x.pcap", "x.pcap.gz", "x.pcapng", "x.pcapng.zst", "x"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    with create(tmp_path / name) as writer:
        writer.write(FRAME)
        writer.write(FRAME)
    assert list(open_capture(tmp_path / name, strict=True).frames()) == [FRAME, FRAME]
    assert (writer.frames, writer.octets, writer.kind) == (2, 6, kind_of(name) or "pcapng")
    with pytest.raises(UsageError, match="exists"):
        create(tmp_path / name)
    with create(tmp_path / name, overwrite=True):
        pass
    assert list(open_capture(tmp_path / name, strict=True).frames()) == []


FRAMES = st.builds(
    lambda data, time, link, more, interface, direction, comment: Frame(
        data, time, link, len(data) + more, interface, direction, comment
    ),
    st.binary(max_size=80),
    st.integers(0, (1 << 63) - 1),
    st.sampled_from([1, 101, 113]),
    st.integers(0, 99),
    st.integers(0, 3),
    st.integers(0, 2),
    st.text(st.characters(codec="utf-8"), max_size=9),
)


@settings(deadline=None)  # it writes files
@given(st.lists(FRAMES, max_size=12))
def test_frames_of_any_interface(tmp_path_factory: pytest.TempPathFactory, frames: list[Frame]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pcapng"
    with create(path, overwrite=True) as writer:
        for frame in frames:
            writer.write(frame)
    found = samples.frames_of(list(read(path)))
    numbers: dict[tuple[int, int], int] = {}
    for frame in frames:
        numbers.setdefault((frame.interface, frame.link_type), len(numbers))
    told = [
        Frame(f.data, f.timestamp_ns, f.link_type, f.length, numbers[f.interface, f.link_type], f.direction, f.comment)
        for f in frames
    ]
    assert found == told


def test_interfaces_that_are_announced(tmp_path: Path) -> None:
    with PcapngWriter(tmp_path / "x", comment="of a test") as writer:
        assert writer.interface(Interface(1, "eth0", snap=96, fcs=4)) == 0
        assert writer.interface(Interface(1, "eth1")) == 1
        writer.names({f"192.0.{number >> 8}.{number & 255}": "n" for number in range(2500)})
        writer.secrets(b"A B\n")
        writer.write(FRAME, 1)
        writer.write(Frame(b"x", 5, 1, 1, 0, INBOUND))
    blocks = list(read(tmp_path / "x"))
    assert blocks[1:3] == [
        Interface(1, "eth0", 1_000_000_000, 0, 96, 4),
        Interface(1, "eth1", 1_000_000_000),
    ]
    assert [len(block.names) for block in blocks if isinstance(block, Names)] == [1000, 1000, 500]
    assert blocks[6] == Secrets(SECRETS_TLS_KEY_LOG, b"A B\n")
    assert [frame.interface for frame in samples.frames_of(blocks)] == [1, 0]
    assert writer.lost == set()


def test_what_a_pcap_cannot_hold(tmp_path: Path) -> None:
    with PcapWriter(tmp_path / "x", nanoseconds=False) as writer:
        assert writer.interface(Interface(1, fcs=4)) == 0
        writer.names({"::1": "here"})
        writer.secrets(b"A B\n")
        writer.write(Frame(b"x", 1_999, 1, 1, direction=INBOUND, comment="well"))
        for frame in (Frame(b"x", 0, 101, 1), Frame(b"x", -1, 1, 1), Frame(bytes(300_000), 0, 1, 300_000)):
            with pytest.raises(UsageError):
                writer.write(frame)
        with pytest.raises(UsageError, match="one link type: 1, not 101"):
            writer.interface(Interface(101))
    assert writer.lost == {"names", "secrets", "comments", "directions"}
    assert list(read(tmp_path / "x")) == [Interface(1, snap=262_144, fcs=4), Frame(b"x", 1_000, 1, 1)]


@pytest.mark.parametrize("name", ["x.pcap", "x.pcapng", "x.pcapng.gz", "x.pcap.zst"])
def test_it_can_be_closed_meanwhile(tmp_path: Path, name: str) -> None:
    writer = create(tmp_path / name)
    for _ in range(3):
        writer.write(FRAME)
        writer.suspend()
        writer.suspend()
        assert list(open_capture(tmp_path / name, strict=True).frames()) == [FRAME] * writer.frames
    writer.close()
    assert writer.frames == 3


def test_it_waits_until_there_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    with create(path) as writer:
        writer.write(FRAME)
        assert path.stat().st_size == 0
        writer.flush()
        assert path.stat().st_size == writer.size == 43
        for _ in range(9):
            writer.write(Frame(bytes(BUFFER // 8), 0, 1, BUFFER // 8))
        assert path.stat().st_size > BUFFER
