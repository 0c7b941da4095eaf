"""tshark reads our recordings: no complaint about checksums or sequences, and TLS decrypts with the secrets inside."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL import SSL

from netloom.links.authority import Authority, Issued
from netloom.packet.conversation import MSS, Place
from netloom.packet.recording import RecordedConversation, Recording

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark isn't installed"),
]
CHECKED = [f"{protocol}.check_checksum:TRUE" for protocol in ("ip", "tcp", "udp")]
PLACES: list[tuple[Place, Place]] = [
    (("192.0.2.1", 40_000), ("192.0.2.2", 80)),
    (("2001:db8::1", 40_000), ("2001:db8::2", 80)),
    (("", 0), ("/run/x.sock", 0)),
    (("192.0.2.1", 40_001), ("example.com", 80)),
]


def tshark(path: Path, *arguments: str) -> list[str]:
    """The lines that tshark prints about a capture."""
    options = [argument for option in CHECKED for argument in ("-o", option)]
    done = subprocess.run(
        ["tshark", "-r", path, *options, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


def complaints(path: Path) -> list[str]:
    """Frames with a wrong checksum, an analysis flag, damage, or a note of an expert above chat."""
    wrong = "tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    return tshark(path, "-Y", f"{wrong} || _ws.malformed || _ws.expert.severity >= warning")


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("local", "peer"), PLACES)
def test_conversations_are_without_complaint(tmp_path: Path, local: Place, peer: Place, accepted: bool) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)
    for _ in range(2):
        talk = recording.open_conversation("tcp", local, peer, accepted=accepted)
        talk.sent(b"x" * (3 * MSS + 1))
        talk.received(b"y" * 200_000)
        talk.received(b"z")
        talk.sent(b"odd")
        talk.finished(outbound=False)
        talk.sent(b"more")
        talk.close()
        broken = recording.open_conversation("tcp", (local[0], 50_000), peer, accepted=accepted)
        broken.sent(b"question")
        broken.reset(outbound=False)
    datagrams = recording.open_conversation("udp", (local[0], 50_001), (peer[0], 50_002))
    for data in (b"", b"odd", b"even", bytes(60_000)):
        datagrams.sent(data)
        datagrams.received(data)
    recording.close()
    statuses = tshark(
        path, "-Y", "tcp || udp", "-T", "fields", "-e", "tcp.checksum.status", "-e", "udp.checksum.status"
    )
    assert {status.strip() for status in statuses} == {"1"}  # each was verified, and is good
    # Two conversations had the same ports, and two were broken off: that is so
    others = [text for text in complaints(path) if "Port numbers reused" not in text and "[RST, ACK]" not in text]
    assert others == []
    followed = tshark(path, "-q", "-z", "follow,tcp,raw,0")
    assert sum(len(text.strip()) for text in followed if set(text.strip()) <= set("0123456789abcdef")) == 2 * (
        3 * MSS + 1 + 200_000 + 1 + 3 + 4
    )


def test_a_conversation_of_more_than_one_window(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)
    talk = recording.open_conversation("tcp", *PLACES[0])
    for _ in range(3):
        talk.received(bytes(4_000_000))
    recording.close()
    assert complaints(path) == []


def test_names_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)
    recording.open_conversation("tcp", ("", 0), ("box.example", 0))
    recording.close()
    assert "box.example" in tshark(path, "-N", "n", "-T", "fields", "-e", "ip.dst_host")[0]


# TLS

RECORDED = ("127.0.0.1", 40_000), ("127.0.0.1", 4433)


class Side:
    """One end of TLS in memory."""

    def __init__(self, context: SSL.Context, *, client: bool) -> None:
        self.engine = SSL.Connection(context, None)
        self.heard = b""
        if client:
            self.engine.set_connect_state()
        else:
            self.engine.set_accept_state()

    def take(self, data: bytes) -> None:
        """Give the engine what came from the other end, and let it go on."""
        self.engine.bio_write(data)
        with suppress(SSL.WantReadError):
            self.engine.do_handshake()
            while True:
                self.heard += self.engine.recv(65_536)

    def give(self) -> bytes:
        """What the engine wants to send."""
        data = b""
        with suppress(SSL.WantReadError):
            while True:
                data += self.engine.bio_read(65_536)
        return data


def pump(own: Side, other: Side, talk: RecordedConversation, step: int) -> None:
    """Carry bytes between the ends until both are silent, `step` at a time, with the tap where links have it."""
    while True:
        sent, received = own.give(), other.give()
        if not sent and not received:
            return
        for start in range(0, len(sent), step):
            talk.sent(sent[start : start + step])
            other.take(sent[start : start + step])
        for start in range(0, len(received), step):
            talk.received(received[start : start + step])
            own.take(received[start : start + step])


def context(version: int, recording: Recording | None, issued: Issued) -> SSL.Context:
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_min_proto_version(version)
    made.set_max_proto_version(version)
    key = load_pem_private_key(issued.key_pem, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    made.use_privatekey(key)
    made.use_certificate(load_pem_x509_certificate(issued.cert_pem))
    if recording is not None:
        made.set_keylog_callback(lambda _, line: recording.secret(line))
    return made


@pytest.mark.parametrize("step", [100_000, 200])
@pytest.mark.parametrize("client", [True, False])
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_tls_is_decrypted(tmp_path: Path, version: int, client: bool, step: int) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)
    issued = Authority.create().issue(["localhost"])
    own = Side(context(version, recording, issued), client=client)
    other = Side(context(version, None, issued), client=not client)
    talk = recording.open_conversation("tcp", *(RECORDED if client else RECORDED[::-1]), accepted=not client)
    asking, answering = (own, other) if client else (other, own)
    with suppress(SSL.WantReadError):
        asking.engine.do_handshake()
    pump(own, other, talk, step)
    asking.engine.send(b"GET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n")
    pump(own, other, talk, step)
    answering.engine.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
    pump(own, other, talk, step)
    talk.close()
    recording.close()
    assert answering.heard.startswith(b"GET /hidden")
    assert b"/hidden" not in path.read_bytes()
    shown = tshark(path, "-d", "tcp.port==4433,tls", "-Y", "http", "-T", "fields", "-e", "http.request.uri")
    assert shown == ["/hidden", ""]
    certificate = tshark(path, "-d", "tcp.port==4433,tls", "-Y", "tls.handshake.type == 20")
    assert certificate  # the end of the handshake can be read too
    assert complaints(path) == []
