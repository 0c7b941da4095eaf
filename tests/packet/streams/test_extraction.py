"""What streams carried: the same however packets cut it, holes told, and names that lead nowhere."""

from __future__ import annotations

import gzip
import hashlib
import random
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.streams.extraction import Extraction
from netloom.packet.streams.extraction.body import HOLE, About, Body, Shelf
from netloom.packet.streams.extraction.folder import FILES, Folder, safe_name
from netloom.packet.streams.extraction.lines import LINE_LIMIT, Lines
from netloom.wire.subject import subject_of
from tests.packet.streams.packets import Script, stream

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.record import Taken

SEEDS = st.integers(0, 1 << 30)


def cutter(seed: int) -> Script:
    rng = random.Random(seed)
    return Script(stream(), lambda left: rng.randint(1, min(left, rng.choice([1, 5, 500]))))


def extracted(name: str, *scripts: list[Event], folder: Folder | None = None) -> list[Taken]:
    """What is taken out of streams, one after the other."""
    extraction = Extraction(Shelf(subject_of, folder))
    return [taken for events in scripts for event in events for taken in extraction.feed(name, event)]


def short(taken: list[Taken]) -> list[tuple[str, str, int, bool]]:
    return [(one.sender, one.name, one.size, one.complete) for one in taken]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# HTTP

TEXT = b"warp and weft " * 50


@given(SEEDS)
def test_bodies_of_http(seed: int) -> None:
    script = cutter(seed)
    script.client(
        b"PUT /up/loom.txt?x=1 HTTP/1.1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
    )
    script.server(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    script.client(b"GET /down/page.html HTTP/1.1\r\n\r\nHEAD /x HTTP/1.1\r\n\r\nGET /gone HTTP/1.1\r\n\r\n")
    script.server(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: 1\r\n\r\n"
    )
    script.server(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    script.server(
        b'HTTP/1.0 404 Not Found\r\nContent-Disposition: attachment; filename="why not.txt"\r\n\r\nuntil the end'
    )
    taken = extracted("http", script.finish("server").close())
    assert short(taken) == [
        ("client", "loom.txt", 5, True),
        ("server", "page.html", 11, True),
        ("server", "why not.txt", 13, True),
    ]
    assert [one.kind for one in taken] == ["text/plain", "", ""]
    assert [one.sha256 for one in taken] == [digest(b"hello"), digest(b"hello world"), digest(b"until the end")]


@pytest.mark.parametrize(
    ("coding", "octets"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),  # its time would be part of the test's name
        ("deflate", zlib.compress(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("identity", TEXT),
    ],
)
@given(seed=SEEDS)
def test_codings_are_undone(coding: str, octets: bytes, seed: int) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(octets)}\r\n\r\n"
    script = cutter(seed).client(b"GET /a HTTP/1.1\r\n\r\n").server(head.encode() + octets)
    (one,) = extracted("http", script.close())
    assert (one.sha256, one.complete) == (digest(TEXT), True)
    assert one.note == ("" if coding == "identity" else f"{coding} undone")


def test_codings_that_are_broken_or_unknown() -> None:
    octets = gzip.compress(TEXT)
    for coding, data, note in (
        ("gzip", octets[:-4], "gzip undone; the compressed body ends in the middle"),
        (
            "gzip",
            b"x" * 40,
            "gzip undone; the compressed body is broken: Error -3 while decompressing data: incorrect header check",
        ),
        ("gzip", gzip.compress(bytes(40 << 20)), "gzip undone; a decompression bomb"),
        ("rot13", b"uryyb", "left as it came: content coding 'rot13' isn't known here"),
    ):
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(data)}\r\n\r\n"
        (one,) = extracted("http", Script(stream()).server(head.encode() + data).close())
        assert one.note.startswith(note)
        assert one.complete is (coding == "rot13")


def test_holes_in_a_counted_body() -> None:
    script = (
        Script(stream()).server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").gap("server", 4).server(b"xyz")
    )
    script.server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    taken = extracted("http", script.close())
    assert [(one.size, one.missing, one.complete) for one in taken] == [(10, 4, False), (2, 0, True)]
    assert taken[0].sha256 == digest(b"abc\0\0\0\0xyz")


def test_holes_elsewhere_and_how_it_goes_on() -> None:
    script = Script(stream()).client(b"GET /one HTTP/1.1\r\n\r\n")
    script.server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel").gap("server", 9).server(
        b"\r\n0\r\n\r\n"
    )
    script.client(b"GET /two HTTP/1.1\r\n\r\n").server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").gap(
        "server", 1 << 30
    )
    script.server(b"lost").server(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n12").reset("server")
    taken = extracted("http", script.close())
    assert [(one.size, one.complete, one.note) for one in taken] == [
        (3, False, "octets are missing in the middle"),
        (2, True, ""),
        (2, False, "it ends in the middle"),
    ]


def test_a_hole_that_is_too_large_and_an_end_that_is_too_early() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\nabc"
    (one,) = extracted("http", Script(stream()).server(head).gap("server", HOLE + 1).server(b"more").close())
    assert (one.size, one.complete, one.note) == (3, False, "octets are missing in the middle")
    (one,) = extracted("http", Script(stream()).server(head).finish("server").close())
    assert (one.size, one.complete, one.note) == (3, False, "it ends in the middle")


def test_what_breaks_the_rules() -> None:
    script = Script(stream()).server(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\nmore"
    )
    (one,) = extracted("http", script.close())
    assert (one.size, one.complete, one.note) == (5, False, "what comes after its last chunk is none")
    assert extracted("http", Script(stream()).server(b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000).close()) == []
    script = (
        Script(stream())
        .client(b"GET / HTTP/1.1\r\n\r\n")
        .server(b"HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx")
    )
    assert extracted("ws", script.close()) == []


def test_a_part_is_told() -> None:
    script = Script(stream()).client(b"GET /a HTTP/1.1\r\n\r\n")
    script.server(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab")
    (one,) = extracted("http", script.close())
    assert one.note == "a part: bytes 0-1/9"


def test_what_isnt_known_is_looked_at_too() -> None:
    script = Script(stream()).client(b"POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
    assert short(extracted("", script.close())) == [("client", "a", 1, True)]
    assert extracted("", Script(stream()).client(b"hello").close()) == []


# Mail

MAIL = b"From: <ann@example.org>\r\nSubject: =?utf-8?q?K=C3=A4tzchen?=\r\n\r\n.dot\r\n..two\r\nlast\r\n"
STUFFED = MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@given(SEEDS)
def test_mails_of_smtp(seed: int) -> None:
    script = cutter(seed).server(b"220 mx ESMTP\r\n").client(b"EHLO a\r\n").server(b"250-mx\r\n250 CHUNKING\r\n")
    script.client(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n").server(b"250 ok\r\n250 ok\r\n354 go on\r\n")
    script.client(STUFFED + b"MAIL FROM:<a@b>\r\n").server(b"250 taken\r\n250 ok\r\n")
    script.client(b"BDAT 10\r\n" + MAIL[:10] + b"BDAT %d LAST\r\n" % (len(MAIL) - 10) + MAIL[10:]).server(
        b"250 ok\r\n250 ok\r\n"
    )
    script.client(b"DATA\r\n").server(b"554 no\r\n").client(b"QUIT\r\n").server(b"221 bye\r\n")
    taken = extracted("smtp", script.close())
    assert short(taken) == [("client", "Kätzchen", len(MAIL), True)] * 2
    assert {one.sha256 for one in taken} == {digest(MAIL)}
    assert {one.kind for one in taken} == {"message/rfc822"}


def test_smtp_without_an_answer_and_with_holes() -> None:
    script = Script(stream()).client(b"DATA\r\n").client(STUFFED)
    assert short(extracted("smtp", script.close())) == [("client", "Kätzchen", len(MAIL), True)]
    script = (
        Script(stream()).client(b"DATA\r\n").server(b"354 go on\r\n").client(b"Subject: x\r\n\r\nabc").gap("client", 7)
    )
    script.server(b"250 taken\r\n").client(b"RSET\r\n")
    (one,) = extracted("smtp", script.close())
    assert (one.name, one.size, one.missing, one.complete) == ("x", 24, 7, False)
    script = Script(stream()).client(b"BDAT 20 LAST\r\nabc").gap("client", 7).client(b"0123456789QUIT\r\n")
    (one,) = extracted("smtp", script.close())
    assert (one.size, one.missing, one.complete) == (20, 7, False)
    script = Script(stream()).client(b"BDAT 5\r\nhello").client(b"RSET\r\n").client(b"BDAT 0 LAST\r\n")
    assert [(one.size, one.complete) for one in extracted("smtp", script.close())] == [(5, False), (0, True)]


def test_smtp_under_tls_isnt_looked_at() -> None:
    script = Script(stream()).client(b"STARTTLS\r\n").server(b"220 go\r\n").client(b"\x16\x03\x01?\r\n")
    assert extracted("smtp", script.client(b"DATA\r\n").client(b"abc\r\n.\r\n").close()) == []


@given(SEEDS)
def test_mails_of_pop3(seed: int) -> None:
    script = cutter(seed).server(b"+OK hello\r\n").client(b"AUTH PLAIN\r\n").server(b"+ \r\n").client(b"AGEAYg==\r\n")
    script.server(b"+OK\r\n").client(b"CAPA\r\nLIST\r\nRETR 2\r\nRETR 9\r\nLIST 1\r\n")
    script.server(
        b"+OK\r\nTOP\r\n.\r\n+OK\r\n1 120\r\n.\r\n+OK 120 octets\r\n" + STUFFED + b"-ERR none\r\n+OK 1 120\r\n"
    )
    script.client(b"TOP 1 0\r\nRETR 1\r\n").server(b"+OK\r\nSubject: top\r\n\r\n.\r\n+OK\r\nhel")
    taken = extracted("pop3", script.close())
    assert short(taken) == [("server", "Kätzchen", len(MAIL), True), ("server", "message-1.eml", 3, False)]
    assert taken[0].sha256 == digest(MAIL)


def test_a_hole_in_pop3() -> None:
    script = (
        Script(stream())
        .server(b"+OK\r\n")
        .client(b"RETR 1\r\n")
        .server(b"+OK\r\nabc")
        .gap("server", 3)
        .server(b"d\r\n.\r\n")
    )
    (one,) = extracted("pop3", script.close())
    assert (one.missing, one.complete) == (3, False)


@given(SEEDS)
def test_mails_of_imap(seed: int) -> None:
    size = len(MAIL)
    script = (
        cutter(seed).server(b"* OK ready\r\n").client(b"a1 LOGIN {3}\r\n").server(b"+ go\r\n").client(b"ann {6}\r\n")
    )
    script.server(b"+ go\r\n").client(b"secret\r\n").server(b"a1 OK\r\n").client(
        b"a2 FETCH 7 (BODY[] BODY[1.MIME]<0>)\r\n"
    )
    script.server(
        b"* 7 FETCH (UID 9 BODY[] {%d}\r\n%b BODY[1.MIME]<0> {5}\r\nhello FLAGS ())\r\na2 OK\r\n" % (size, MAIL)
    )
    script.client(b"a3 APPEND box (\\Seen) {%d+}\r\n%b\r\na4 NOOP\r\n" % (size, MAIL)).server(
        b"a3 OK\r\n* 1 EXISTS\r\na4 OK\r\n"
    )
    script.client(b"a5 APPEND box {99}\r\n").server(b"a5 NO too large\r\n").client(b"a6 LOGOUT\r\n").server(
        b"* BYE\r\na6 OK\r\n"
    )
    taken = extracted("imap", script.close())
    assert short(taken) == [
        ("server", "Kätzchen", size, True),
        ("server", "message-7-1.mime", 5, True),
        ("client", "Kätzchen", size, True),
    ]
    assert (taken[0].sha256, taken[1].note) == (digest(MAIL), "a part of it")


def test_holes_in_imap() -> None:
    script = Script(stream()).server(b"* 1 FETCH (BODY[] {10}\r\nabc").gap("server", 4).server(b"xyz)\r\n")
    script.server(b"* 2 FETCH (RFC822 {10}\r\nabc").gap("server", 9).server(
        b"...)\r\n* 3 FETCH (RFC822.TEXT {2}\r\nok)\r\n"
    )
    taken = extracted("imap", script.close())
    assert [(one.name, one.size, one.missing, one.complete) for one in taken] == [
        ("message-1.eml", 10, 4, False),
        ("message-2.eml", 3, 0, False),
        ("message-3-text", 2, 0, True),
    ]


# Files


@given(SEEDS)
def test_files_of_ftp(seed: int) -> None:
    control = cutter(seed)
    control.server(b"220 FTP\r\n").client(b"EPSV\r\n").server(b"229 Entering (|||5001|)\r\n").client(
        b"RETR dir/loom.txt\r\n"
    )
    control.client(b"PORT 192,0,2,1,19,138\r\n").server(b"200 ok\r\n").client(b"STOR up.bin\r\n")
    control.client(b"PASV\r\n").server(b"227 Entering (10,0,0,1,19,139)\r\n").client(b"LIST\r\n").client(
        b"EPRT |1|999|1|\r\n"
    )
    rng = random.Random(seed)
    passive = Script(stream(1, server=5001), lambda left: rng.randint(1, left)).server(TEXT).finish("server")
    active = stream(2)
    active.client, active.server = stream().server._replace(port=20), stream().client._replace(port=5002)
    upload = Script(active).server(b"octets").finish("server", "client")
    listing = Script(stream(3, server=5003)).server(b"-rw-r--r-- loom.txt\r\n").reset("server")
    taken = extracted("ftp", control.events, passive.close(), upload.close(), listing.close())
    assert short(taken) == [
        ("server", "dir/loom.txt", len(TEXT), True),
        ("client", "up.bin", 6, True),
        ("server", "listing", 21, False),
    ]
    assert [(one.protocol, one.note) for one in taken] == [("ftp", ""), ("ftp", ""), ("ftp", "a listing; broken off")]


def test_files_of_ftp_with_holes_an_offset_and_in_secret() -> None:
    control = Script(stream()).client(b"EPSV\r\n").server(b"229 (|||5001|)\r\n").client(b"REST 100\r\nRETR a\r\n")
    control.client(b"EPSV\r\n").server(b"229 (|||5002|)\r\n").client(b"PROT P\r\nRETR b\r\n")
    holes = Script(stream(1, server=5001)).server(b"abc").gap("server", 2).finish("server")
    secret = Script(stream(2, server=5002)).server(b"\x16\x03").finish("server")
    (one,) = extracted("ftp", control.events, holes.close(), secret.close())
    assert (one.size, one.missing, one.complete, one.note) == (5, 2, False, "from octet 100 on")


def datagrams(*said: tuple[str, bytes]) -> Script:
    script = Script(stream(transport="udp", server=69))
    for sender, data in said:
        script.say(sender, data)
    return script


def block(number: int, data: bytes) -> bytes:
    return b"\0\3" + (number & 0xFFFF).to_bytes(2, "big") + data


def ack(number: int) -> bytes:
    return b"\0\4" + (number & 0xFFFF).to_bytes(2, "big")


def test_files_of_tftp() -> None:
    script = datagrams(
        ("client", b"\0\1boot/kernel\0octet\0blksize\0008\0"),
        ("client", b"\0\1boot/kernel\0octet\0blksize\0008\0"),
        ("server", b"\0\6blksize\0008\0"),
        ("client", ack(0)),
        ("server", block(1, b"12345678")),
        ("server", block(1, b"12345678")),
        ("client", ack(1)),
        ("server", block(3, b"end")),
        ("server", block(2, b"abcdefgh")),
        ("client", ack(3)),
    )
    (one,) = extracted("tftp", script.close())
    assert (one.name, one.size, one.sha256, one.complete) == ("boot/kernel", 19, digest(b"12345678abcdefghend"), True)


def test_files_of_tftp_to_the_server_as_text() -> None:
    script = datagrams(("client", b"\0\2notes\0netascii\0"), ("server", ack(0)), ("client", block(1, b"a\r\nb\r\0c\r")))
    (one,) = extracted("tftp", script.close())
    assert (one.sender, one.sha256, one.kind, one.complete) == ("client", digest(b"a\nb\rc\r"), "text/plain", True)


def test_holes_and_refusals_in_tftp() -> None:
    script = datagrams(
        ("client", b"\0\1a\0octet\0"), ("client", ack(1)), ("server", block(2, b"end")), ("client", ack(2))
    )
    (one,) = extracted("tftp", script.close())
    assert (one.size, one.missing, one.complete) == (515, 512, False)
    script = datagrams(("client", b"\0\1a\0octet\0"), ("server", b"\0\5\0\1none\0"))
    (one,) = extracted("tftp", script.close())
    assert (one.size, one.note) == (0, "error 1 none")


def test_tftp_counts_beyond_16_bits() -> None:
    count = 65_540
    said = [("client", b"\0\1a\0octet\0blksize\0008\0"), ("server", b"\0\6blksize\0008\0")]
    said += [("server", block(number, b"12345678" if number < count else b"")) for number in range(1, count + 1)]
    (one,) = extracted("tftp", datagrams(*said).close())
    assert (one.size, one.complete) == ((count - 1) * 8, True)


# Anything


@given(
    st.sampled_from(["http", "smtp", "pop3", "imap", "ftp", "tftp", ""]),
    st.lists(
        st.tuples(
            st.sampled_from(["client", "server"]),
            st.binary(max_size=60)
            | st.sampled_from(
                [
                    b"DATA\r\n", b"354 x\r\n", b".\r\n", b"BDAT 9 LAST\r\n", b"+OK\r\n", b"RETR 1\r\n", b"PASV\r\n",
                    b"* 1 FETCH (BODY[] {9}\r\n", b"a APPEND x {9}\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\0\1a\0octet\0",
                    b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\n", b"0\r\n\r\n",
                    b"\0\3\0\1x", b"\0\4\0\1",
                ]
            )
            | st.integers(1, 40 << 20),
        ),
        max_size=12,
    ),
)  # fmt: skip
def test_arbitrary_streams(name: str, said: list[tuple[str, bytes | int]]) -> None:
    """They never raise, and each thing that is taken is taken once."""
    script = Script(stream(transport="udp" if name == "tftp" else "tcp"))
    for sender, what in said:
        if isinstance(what, int):
            script.gap(sender, what)
        else:
            script.say(sender, what)
    for one in extracted(name, script.finish("client").reset("server").close()):
        assert one.size >= one.missing
        assert not (one.complete and one.missing)


# Where it goes


def test_files_are_new_private_and_bounded(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out", octets=20)
    shelf = Shelf(subject_of, folder)
    event = Script(stream(7)).events[0]
    made = []
    for data in (b"0123456789", b"abc", b"too much for it"):
        body = shelf.begin(About(protocol="http", sender="server", name="../../etc/passwd"))
        body.write(event, data)
        made.append(body.end(event, complete=True))
    assert [Path(one.saved_to).name for one in made] == ["0007-passwd", "0007-1-passwd", "0007-2-passwd"]
    assert [one.note for one in made] == ["", "", "not saved to its end: that would be more than may be written"]
    assert Path(made[0].saved_to).read_bytes() == b"0123456789"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "out").iterdir())
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    folder.close()
    again = Folder(tmp_path / "out")
    body = Body(About(protocol="http", sender="server", name="passwd"), again, subject_of)
    with pytest.raises(UsageError, match="is there already"):
        body.end(event, complete=True)
    assert Path(made[0].saved_to).read_bytes() == b"0123456789"


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0000-a").symlink_to(elsewhere)
    folder = Folder(tmp_path / "out")
    with pytest.raises(UsageError):
        folder.create(0, "a")
    (tmp_path / "out" / "b").symlink_to(elsewhere)
    with pytest.raises(UsageError):
        folder.append("b", b"x")
    assert elsewhere.read_bytes() == b"mine"


def test_there_are_only_so_many_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path, files=1)
    event = Script(stream()).events[0]
    notes = []
    for _ in range(2):
        body = Body(About(protocol="http", sender="server", name="a"), folder, subject_of)
        body.write(event, b"x")
        notes.append(body.end(event, complete=True).note)
    assert notes == ["", "not saved: there are too many files"]
    assert FILES == 10_000


def test_a_folder_that_cant_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "no" / "such"):
        with pytest.raises(UsageError, match="can't write to"):
            Folder(path)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("index.html", "index.html"),
        ("../../etc/passwd", "passwd"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a/", "a"),
        ("C:\\boot\\.hidden", "hidden"),
        ("%2e%2e%2fx%00y", "x_y"),
        ("-rf", "rf"),
        ("ä\x1b[2J€.txt", "2J_.txt"),
        ("x" * 300 + ".tar", "x" * 76 + ".tar"),
        ("x" * 300, "x" * 80),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text())
def test_any_name_is_safe(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 80
    assert safe.isascii()
    assert not set(safe) & set("/\\\0 ")
    assert safe[0] not in ".-"


@given(st.binary(max_size=300), SEEDS)
def test_lines(data: bytes, seed: int) -> None:
    rng = random.Random(seed)
    lines, found, at = Lines(), [], 0
    while at < len(data):
        end = at + rng.randint(1, 20)
        lines.add(data[at:end])
        at = end
        while (line := lines.next()) is not None:
            found.append(line)
    expected = data.split(b"\n")
    assert found == [line.removesuffix(b"\r") for line in expected[:-1]]
    assert bool(lines) == bool(expected[-1])
    assert lines.take() == expected[-1]


def test_a_line_that_is_too_long() -> None:
    lines = Lines()
    lines.add(b"x" * LINE_LIMIT)
    assert lines.next() == b"x" * LINE_LIMIT
    assert not lines
