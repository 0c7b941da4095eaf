"""What there is to send: texts, files, who sends it, and what can't be sent together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures.writer import create
from netloom.packet.craft import crafted
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.frame import Frame
from netloom.packet.live.supply import Supply, with_sender
from tests.packet.live.lab import HERE, HERE_6, THERE, THERE_6, Lab

if TYPE_CHECKING:
    from pathlib import Path

MAC = "02:00:00:00:00:01"
FRAME = 'Ethernet(dst="02:00:00:00:00:02", src="02:00:00:00:00:03", type=0x88b5)/"x"'


def capture(path: Path, *frames: Frame) -> str:
    with create(path) as writer:
        for frame in frames:
            writer.write(frame)
    return str(path)


def every(supply: Supply) -> list[tuple[bytes, int | None]]:
    return [one for part in supply.captures() for one in part]


def test_texts_and_their_combinations() -> None:
    supply = Supply(['IPv4()/UDP(dport=[1,2])/"a"', 'IPv4()/UDP(dport=3)/"b"'])
    assert supply.crafted is not None
    assert [data[-1:] for data in supply.crafted] == [b"a", b"a", b"b"]
    assert every(supply) == [(data, None) for data in supply.crafted]
    assert every(supply) == every(supply)
    assert (supply.frames, supply.has_captures, supply.can_repeat) == (False, False, True)


def test_files_in_their_order(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", Frame(b"1" * 60, 5, 1, 60), Frame(b"2" * 60, 9, 1, 60))
    supply = Supply([path, FRAME, path])
    found = every(supply)
    assert [stamp for _, stamp in found] == [5, 9, None, 5, 9]
    assert [data[:1] for data, _ in found] == [b"1", b"2", b"\x02", b"1", b"2"]
    assert supply.crafted is None
    assert supply.frames


def test_packets_of_ip_from_a_file(tmp_path: Path) -> None:
    supply = Supply([capture(tmp_path / "a.pcapng", Frame(bytes(IPv4()), 5, 101, 20))])
    assert not supply.frames
    assert every(supply) == [(bytes(IPv4()), 5)]


def test_frames_and_packets_dont_go_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be sent together"):
        Supply([FRAME, "IPv4()"])
    with pytest.raises(UsageError, match="can't be sent together"):
        Supply([capture(tmp_path / "a.pcap", Frame(b"1" * 60, 5, 1, 60)), "IPv4()"])


def test_a_capture_of_another_kind_of_link(tmp_path: Path) -> None:
    frames = Frame(b"1" * 60, 5, 1, 60), Frame(b"1" * 60, 6, 276, 60)
    supply = Supply([capture(tmp_path / "a.pcapng", *frames)])
    with pytest.raises(UsageError, match="link type 276"):
        every(supply)


def test_what_no_frame_begins_with() -> None:
    with pytest.raises(UsageError, match="begins with UDP"):
        Supply(["UDP()"])


def test_a_mistake_in_a_text_and_a_file_that_isn_t_there() -> None:
    with pytest.raises(UsageError) as caught:
        Supply(["IPv4()/UPD()"])
    assert caught.value.column == 7
    with pytest.raises(UsageError, match="there is no file"):
        Supply(["nowhere.pcap"])


def test_standard_input_is_there_once() -> None:
    assert not Supply(["-"]).can_repeat


def test_who_sends_is_filled_in(wire: Lab) -> None:
    with wire.inside():
        frame = with_sender(crafted(f'Ethernet()/IPv4(dst="{THERE}")/UDP()'), MAC)
        assert frame[Ethernet].src == MAC
        assert str(frame[IPv4].src) == HERE
        six = with_sender(crafted(f'IPv6(dst="{THERE_6}")/UDP()'), MAC)
        assert str(six.layers[0].ends()[0]) == HERE_6  # type: ignore[index]
        asked = with_sender(crafted(f'Ethernet()/ARP(tpa="{THERE}")'), MAC)[ARP]
        assert (asked.sha, str(asked.spa), str(asked.tpa)) == (MAC, HERE, THERE)
        nowhere = with_sender(crafted('IPv4(dst="192.0.2.9")/UDP()'), MAC)
        assert str(nowhere[IPv4].src) == "127.0.0.1"


def test_what_is_given_stays(wire: Lab) -> None:
    text = f'Ethernet(src="02:00:00:00:00:09")/IPv4(dst="{THERE}", src="192.0.2.1")/UDP()'
    with wire.inside():
        assert with_sender(crafted(text), MAC) == crafted(text)
        probe = f'Ethernet(src="{MAC}")/ARP(sha="{MAC}", spa="192.0.2.1", tpa="{THERE}")'
        assert with_sender(crafted(probe), "02:00:00:00:00:09") == crafted(probe)
        bare = f'Ethernet()/IPv4(dst="{THERE}")/UDP()'
        assert Supply([bare], mac=MAC, as_is=True).crafted == [bytes(crafted(bare))]
        assert Supply([bare], mac=MAC).crafted != [bytes(crafted(bare))]


def test_to_ourselves_it_is_from_ourselves() -> None:
    assert with_sender(crafted("IPv4()/UDP()"), MAC) == crafted("IPv4()/UDP()")
