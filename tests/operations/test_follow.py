"""Follow: what was said, told from a capture of our own, and what it is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom import registry
from netloom.errors import CapabilityError, UsageError
from netloom.operations.follow import _known
from netloom.packet.captures.record import DamagedFile
from netloom.packet.recording import Recording
from netloom.packet.streams.record import Met, Spoken, Taken
from netloom.runs import Run
from netloom.wire.http.har.parse import parse
from tests.packet.streams.packets import stream

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = b"GET /page.html HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\npage"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A fetch over HTTP, a mail's beginning, and octets that nobody knows, side by side."""
    path = tmp_path / "talk.pcapng"
    recording = Recording(path, clock=lambda: 1_000_000_000)
    web = recording.open_conversation("tcp", ("192.0.2.1", 40_000), ("192.0.2.2", 8080))
    mail = recording.open_conversation("tcp", ("192.0.2.1", 40_001), ("192.0.2.2", 2525))
    odd = recording.open_conversation("udp", ("192.0.2.1", 40_002), ("192.0.2.2", 9))
    web.sent(REQUEST, 1_000_000_000)
    mail.received(b"220 mx ESMTP\r\n", 1_500_000_000)
    odd.sent(b"\0\xff?", 1_500_000_000)
    web.received(ANSWER, 2_000_000_000)
    mail.sent(b"EHLO here\r\n", 2_500_000_000)
    recording.close()
    return path


def followed(*files: Any, **fields: Any) -> list[Any]:
    return list(Run[Any].prepare("follow", (), {"files": [str(file) for file in files], **fields}))


def told(records: list[Any]) -> list[str]:
    return [
        f"{one.title} {one.text}" if isinstance(one, Met) else f"{one.sender} {one.words}" for one in records
        if isinstance(one, Met | Spoken)
    ]  # fmt: skip


def test_words(capture: Path) -> None:
    assert told(followed(capture)) == [
        "stream 0 · http 192.0.2.1:40000 → 192.0.2.2:8080",
        "client GET /page.html HTTP/1.1",
        "client Authorization: Basic •••",
        "server HTTP/1.1 200 OK",
        "server Content-Type: text/html",
        "server Content-Length: 4",
        "server 4 bytes of the body",
        "stream 1 · smtp 192.0.2.1:40001 → 192.0.2.2:2525",
        "server 220 mx ESMTP",
        "client EHLO here",
        "stream 2 · udp 192.0.2.1:40002 → 192.0.2.2:9",
        "client 00000000  00 ff 3f                                          ..?",
    ]


def test_records_tell_when(capture: Path) -> None:
    times = [(one.stream, one.time) for one in followed(capture) if isinstance(one, Spoken)]
    assert times[0] == (0, 1.0)
    assert times[-2:] == [(1, 2.5), (2, 1.5)]


def test_some_of_it(capture: Path) -> None:
    assert [one.stream for one in followed(capture, stream=1)] == [1, 1, 1]
    assert {one.protocol for one in followed(capture, filter="port 8080") if isinstance(one, Met)} == {"http"}
    assert followed(capture, stream=7) == []


def test_all_octets(capture: Path) -> None:
    spoken = [one for one in followed(capture, stream=0, octets=True) if isinstance(one, Spoken)]
    assert b"".join(one.data or b"" for one in spoken if one.sender == "client") == REQUEST
    assert b"".join(one.data or b"" for one in spoken if one.sender == "server") == ANSWER


def test_what_was_carried(capture: Path, tmp_path: Path) -> None:
    (taken,) = [one for one in followed(capture, extract=str(tmp_path / "out")) if isinstance(one, Taken)]
    assert (taken.name, taken.kind, taken.size, taken.complete) == ("page.html", "text/html", 4, True)
    assert (tmp_path / "out" / "0000-page.html").read_bytes() == b"page"
    with pytest.raises(UsageError, match="is there already"):
        followed(capture, extract=str(tmp_path / "out"))
    (taken,) = [one for one in followed(capture, extract=str(tmp_path / "new"), limit=3) if isinstance(one, Taken)]
    assert taken.note == "not saved to its end: that would be more than may be written"


def test_a_damaged_capture(capture: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(capture.read_bytes()[:-10])
    records = followed(cut)
    assert isinstance(records[-1], DamagedFile)
    assert len(told(records)) == 12
    with pytest.raises(UsageError) as caught:
        followed(tmp_path / "none.pcapng")
    assert "there is no file" in caught.value.message
    with pytest.raises(Exception, match="it ends within"):
        followed(cut, strict=True)


def test_what_is_refused(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError):
        followed(capture, filter="port (")
    with pytest.raises(UsageError, match="can't read"):
        followed(capture, key_log=str(tmp_path / "none"))
    (tmp_path / "keys").write_bytes(b"")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CapabilityError, match="tshark"):
        followed(capture, key_log=str(tmp_path / "keys"))


INSIDE = {"grpc": "http", "sse": "http", "netconf": "ssh", "sftp": "ssh", "tcp": "", "udp": ""}
"""Those whose first octets are of what carries them, and those that are octets alone."""
LIVE = [one.name for one in registry.protocols() if one.samples and one.name not in ("unix", "icmp", "tls")]


@pytest.mark.parametrize("name", LIVE)
def test_what_each_protocol_says_is_known_as_its_own(name: str, tmp_path: Path) -> None:
    """Its own client tries a thing on its own server, recorded; whether it is let in doesn't matter."""
    declared = registry.protocol(name)
    sample = declared.samples[0]
    path = tmp_path / "talk.pcapng"
    (tmp_path / "body").write_text(sample.text)
    fields: dict[str, Any] = {"put": {"source": str(tmp_path / "body")}, "send": {"message": sample.text}}.get(
        sample.verb, {}
    )
    fields |= {"command": sample.text} if sample.verb == "run" else {}
    with netloom.serve(f"{next(iter(declared.schemes))}://127.0.0.1:0", accounts=["ann:secret"]) as server:
        target = str(server.endpoint).replace("://", "://ann:secret@") + sample.place
        single = {"run": "target", "put": "target", "send": "target"}.get(sample.verb, "targets")
        list(Run[Any].prepare(sample.verb, (), {single: target, "record": str(path), **fields}))
    records = followed(path)
    assert {one.protocol for one in records if isinstance(one, Met)} == {INSIDE.get(name, name)}
    assert len(told(records)) > 1
    assert "secret" not in " ".join(told(records))


def test_usual_ports() -> None:
    known = _known()
    places = [("tcp", port) for port in (80, 443, 22, 25, 53, 993, 5)] + [("udp", port) for port in (53, 161)]
    usual = [known.usual(stream(transport=transport, server=port)) for transport, port in places]
    assert usual == ["http", "tls", "ssh", "smtp", "dns", "tls", "", "dns", "snmp"]
    inside = stream(server=443)
    inside.inside = "tls"
    assert known.usual(inside) == "http"


def test_a_decoder_for_each_that_is_known() -> None:
    known = _known()
    assert known.decoders("quic") is None
    assert known.decoders("") is None
    decoder = known.decoders("pop3")
    assert decoder is not None
    assert re.search("ready", decoder.feed("server", b"+OK ready\r\n")[0].words)


def test_an_archive_of_http(capture: Path, tmp_path: Path) -> None:
    *_, record = followed(capture, har=str(tmp_path / "talk.har"))
    assert (record.file, record.exchanges, record.text) == (str(tmp_path / "talk.har"), 1, "1 exchange of HTTP")
    (found,) = parse((tmp_path / "talk.har").read_bytes())
    assert (found.request.method, found.request.url.rpartition("/")[2]) == ("GET", "page.html")
    assert found.request.field("authorization") == "Basic •••"
    assert found.timings.wait == 1000
    followed(capture, har=str(tmp_path / "all.har"), secrets=True)
    (found,) = parse((tmp_path / "all.har").read_bytes())
    assert "•" not in found.request.field("authorization")
    with pytest.raises(UsageError, match="exists already"):
        followed(capture, har=str(tmp_path / "talk.har"))
