"""Archives of HTTP: what streams carried becomes entries, whole or with a note of what isn't."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.streams.archive import Archive
from netloom.packet.streams.events import Closed, Counts, Data, Event, Finished, Gap, Place, Reset, Stream
from netloom.wire.http.har.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.wire.http.har import Exchange

CANARY = "canary-4417"
SECOND = 1_000_000_000
ASKED = f"GET /a?token={CANARY} HTTP/1.1\r\nHost: h\r\nCookie: a={CANARY}\r\n\r\n".encode()


def stream(number: int = 0, **fields: Any) -> Stream:
    places = {"client": Place("192.0.2.1", 40_000), "server": Place("2001:db8::2", 80)}
    made: dict[str, Any] = {"number": number, "transport": "tcp", "started": 0, "counts": {"client": Counts()}}
    return Stream(**(made | places | fields))


def said(of: Stream, sender: str, data: bytes, time: int = 0) -> Data:
    return Data(of, time, sender, 0, data)


def archived(folder: Path, *events: Event, **fields: Any) -> list[Exchange]:
    path = folder / "x.har"
    archive = Archive(path, **fields)
    for event in events:
        archive.feed(event)
    record = archive.finish()
    archive.close()
    assert path.stat().st_mode & 0o777 == 0o600
    found = parse(path.read_bytes())
    assert (record.file, record.exchanges) == (str(path), len(found))
    return found


def test_an_exchange(tmp_path: Path) -> None:
    one = stream(7)
    body = gzip.compress(b"warp and weft " * 50)
    head = b"HTTP/1.1 200 Fine\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    (found,) = archived(
        tmp_path,
        said(one, "client", ASKED[:10], SECOND),
        said(one, "client", ASKED[10:], 2 * SECOND),
        said(one, "server", head, 5 * SECOND),
        said(one, "server", body, 6 * SECOND),
        Closed(one, 9 * SECOND, "capture"),
        secrets=True,
    )
    assert found.started == 2 * SECOND
    assert found.request.url == f"http://h/a?token={CANARY}"
    assert (found.response.status, found.response.reason) == (200, "Fine")
    assert found.response.body == b"warp and weft " * 50
    assert found.response.coded == len(body)
    assert (found.timings.send, found.timings.wait, found.timings.receive) == (0, 3000, 1000)
    assert (found.address, found.connection, found.comment) == ("2001:db8::2", "7", "")


def test_secrets_are_dots_unless_they_are_wanted(tmp_path: Path) -> None:
    for wanted in (False, True):
        (tmp_path / str(wanted)).mkdir()
        archived(
            tmp_path / str(wanted), said(stream(), "client", ASKED), Closed(stream(), 1, "capture"), secrets=wanted
        )
    one = stream()
    events = said(one, "client", ASKED), Closed(one, 1, "capture")
    (tmp_path / "a").mkdir()
    archived(tmp_path / "a", *events)
    assert CANARY not in (tmp_path / "a" / "x.har").read_text()
    (tmp_path / "b").mkdir()
    archived(tmp_path / "b", *events, secrets=True)
    assert CANARY in (tmp_path / "b" / "x.har").read_text()


@pytest.mark.parametrize(
    ("fields", "target", "url"),
    [
        ({"inside": "tls"}, "/x", "https://h/x"),
        ({}, "http://other/x", "http://other/x"),
        ({}, "*", "http://h"),
    ],
)
def test_addresses(fields: dict[str, Any], target: str, url: str, tmp_path: Path) -> None:
    one = stream(**fields)
    asked = f"OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    (found,) = archived(tmp_path, said(one, "client", asked), Closed(one, 1, "capture"))
    assert found.request.url == url


@pytest.mark.parametrize(
    ("ending", "status", "comment"),
    [
        (lambda one: [Finished(one, 1, "server")], 200, ""),
        (lambda one: [Reset(one, 1, "server"), Closed(one, 1, "capture")], 200, "it ends in the middle"),
        (lambda one: [Closed(one, 1, "limit")], 200, "it ends in the middle"),
        (lambda one: [Gap(one, 1, "server", 0, 10, "full")], 200, "octets are missing"),
    ],
)
def test_ends(ending: Any, status: int, comment: str, tmp_path: Path) -> None:
    one = stream()
    answer = said(one, "server", b"HTTP/1.1 200 OK\r\n\r\nto the end")
    (found,) = archived(tmp_path, said(one, "client", ASKED), answer, *ending(one))
    assert (found.response.status, found.response.body, found.comment) == (status, b"to the end", comment)


def test_without_an_answer(tmp_path: Path) -> None:
    one = stream()
    (found,) = archived(tmp_path, said(one, "client", ASKED), Closed(one, 1, "capture"))
    assert (found.response.status, found.response.coded, found.timings.wait) == (0, -1, 0)


def test_a_coding_that_is_broken(tmp_path: Path) -> None:
    one = stream()
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"
    (found,) = archived(tmp_path, said(one, "client", ASKED), said(one, "server", answer))
    assert found.response.body == b"none"
    assert "left as it came" in found.comment


def test_what_isnt_http_leaves_nothing(tmp_path: Path) -> None:
    mail, name = stream(1), stream(2, transport="udp")
    events = said(mail, "server", b"220 mx ESMTP\r\n"), said(name, "client", ASKED), Closed(mail, 1, "capture")
    assert archived(tmp_path, *events, Closed(stream(3), 1, "capture")) == []


def test_a_file_is_whole_however_it_ends(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "x.har")
    archive.close()
    archive.close()
    assert json.loads((tmp_path / "x.har").read_text())["log"]["entries"] == []
    with pytest.raises(UsageError, match="exists already"):
        Archive(tmp_path / "x.har")
