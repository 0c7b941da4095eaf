"""Recordings: valid at every moment, secrets before what needs them, failures told and not in the way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures import Block, Names, Secrets, read
from netloom.packet.frame import Frame
from netloom.packet.recording import HOLD_LIMIT, Recording
from netloom.wire.tls_hello import ClientHello, emit
from tests.wire.initials import crypto_frame, initial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

A = ("127.0.0.1", 40_000)
B = ("127.0.0.1", 443)
RANDOM = bytes(range(32))
CLIENT_HELLO = b"\x16\x03\x01\0\x4a\x01\0\0\x46\x03\x03" + RANDOM + bytes(40)


def line(label: str) -> bytes:
    return f"{label} {RANDOM.hex()} {'00' * 32}".encode()


def record(path: Path) -> Recording:
    return Recording(path, clock=iter(range(1, 1000)).__next__)


def blocks(path: Path) -> list[Block]:
    return list(read(path))[2:]


def payloads(path: Path) -> list[bytes]:
    """What the packets carry, without those that carry nothing; a DSB is b"SECRETS"."""
    found = []
    for block in blocks(path):
        if isinstance(block, Secrets):
            found.append(b"SECRETS")
        elif isinstance(block, Frame):
            size = 20 if block.data[9] == 6 else 8
            found.append(block.data[20 + size :])
    return [data for data in found if data and not data.startswith(b"\x02\x04")]


def test_a_conversation_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B)
    assert len(blocks(path)) == 3
    talk.sent(b"hello", 50)
    talk.received(b"hi")
    packets = [block for block in blocks(path) if isinstance(block, Frame)]
    assert [packet.timestamp_ns for packet in packets] == [1, 1, 1, 50, 2]
    assert [packet.direction for packet in packets] == [2, 1, 2, 2, 1]
    talk.finished(outbound=True)
    assert len(blocks(path)) == 7
    talk.close()
    talk.close()
    assert len(blocks(path)) == 9
    recording.close()
    recording.close()
    talk.sent(b"late")
    assert len(blocks(path)) == 9
    assert payloads(path) == [b"hello", b"hi"]


def test_datagrams_and_resets(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    recording.open_conversation("udp", A, B).received(b"datagram")
    recording.open_conversation("tcp", A, B, accepted=True).reset(outbound=False)
    recording.close()
    assert payloads(path) == [b"datagram"]
    assert len(blocks(path)) == 5


def test_closing_ends_what_is_open(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    recording.open_conversation("tcp", A, B)
    recording.close()
    assert len(blocks(path)) == 7


HANDSHAKE = ("SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET")


def test_secrets_stand_before_what_needs_them(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B)
    other = recording.open_conversation("tcp", ("127.0.0.1", 40_001), B)
    talk.sent(CLIENT_HELLO)
    talk.received(b"server hello")
    other.received(b"plain")
    recording.secret(line(HANDSHAKE[0]))
    recording.secret(line(HANDSHAKE[1]) + b"\n")
    talk.received(b"finished")
    recording.secret(line("SERVER_TRAFFIC_SECRET_0"))
    assert payloads(path) == [CLIENT_HELLO, b"plain", *[b"SECRETS"] * 3]
    recording.secret(line("CLIENT_TRAFFIC_SECRET_0"))
    expected = [CLIENT_HELLO, b"plain", *[b"SECRETS"] * 4, b"server hello", b"finished"]
    assert payloads(path) == expected
    talk.received(b"data")
    assert payloads(path) == [*expected, b"data"]
    recording.close()
    secrets = [block.data for block in blocks(path) if isinstance(block, Secrets)]
    assert secrets[:2] == [line(label) + b"\n" for label in HANDSHAKE]


def test_one_secret_is_enough_for_tls_1_2(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B)
    talk.sent(CLIENT_HELLO)
    talk.received(b"server hello")
    recording.secret(line("CLIENT_RANDOM"))
    assert payloads(path) == [CLIENT_HELLO, b"SECRETS", b"server hello"]
    recording.close()


def test_waiting_for_secrets_has_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B)
    talk.sent(CLIENT_HELLO)
    talk.received(b"server hello")
    talk.received(bytes(HOLD_LIMIT))
    assert b"".join(payloads(path)) == CLIENT_HELLO + b"server hello" + bytes(HOLD_LIMIT)
    talk.received(b"more")
    assert payloads(path)[-1] == b"more"
    recording.close()


def test_what_waits_for_secrets_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B, accepted=True)
    talk.received(CLIENT_HELLO)
    talk.sent(b"server hello")
    assert payloads(path) == [CLIENT_HELLO]
    recording.close()
    assert payloads(path) == [CLIENT_HELLO, b"server hello"]


def test_secrets_of_others_are_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    recording.secret(b"CLIENT_RANDOM 00 11")
    recording.secret(b"\xff nonsense")
    recording.close()
    assert len(blocks(path)) == 2


def test_names_are_told_once(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    for _ in range(2):
        recording.open_conversation("tcp", ("", 0), ("/run/x.sock", 0)).close()
    recording.close()
    names = [block for block in blocks(path) if isinstance(block, Names)]
    assert [list(block.names.values()) for block in names] == [["/run/x.sock"]]


def test_a_full_disk_does_not_stop_the_traffic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("tcp", A, B)

    def full(descriptor: int, pieces: Sequence[bytes]) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netloom.packet.captures.output.os.writev", full)
    talk.sent(b"hello")
    monkeypatch.undo()
    talk.sent(b"more")
    assert recording.failure is not None
    with pytest.raises(UsageError, match="No space left"):
        recording.close()
    recording.close()
    assert payloads(path) == []
    assert len(blocks(path)) == 3


def test_many_threads(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)

    def talk(number: int) -> None:
        conversation = recording.open_conversation("udp", ("127.0.0.1", number), B)
        for _ in range(50):
            conversation.sent(number.to_bytes(4, "big"))
        conversation.close()

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recording.close()
    expected = [number.to_bytes(4, "big") for number in range(1, 9) for _ in range(50)]
    assert sorted(payloads(path)) == expected


def test_secrets_of_quic_stand_before_what_needs_them(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = record(path)
    talk = recording.open_conversation("udp", A, B)
    hello = initial(crypto_frame(0, emit(ClientHello(random=RANDOM, ciphers=(0x1301,)))), b"chosen-1")
    talk.sent(hello)
    talk.received(b"\xf0handshake")
    assert payloads(path) == [hello]
    for label in (*HANDSHAKE, "SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0"):
        recording.secret(line(label))
    assert payloads(path) == [hello, *[b"SECRETS"] * 4, b"\xf0handshake"]
    recording.close()


def test_without_secrets_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path, secrets=False)
    talk = recording.open_conversation("tcp", A, B)
    talk.sent(CLIENT_HELLO)
    talk.received(b"server hello")
    recording.secret(line("CLIENT_RANDOM"))
    assert payloads(path) == [CLIENT_HELLO, b"server hello"]
    recording.close()
    assert b"CLIENT_RANDOM" not in path.read_bytes()
