"""What takes bodies, mails and files out of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.conversation import Conversation
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.streams.defragment import Defragmenter
from netloom.packet.streams.events import Closed, Counts, Data, Gap, Place, Stream
from netloom.packet.streams.extraction import Extraction
from netloom.packet.streams.extraction.body import Shelf
from netloom.packet.streams.reassembly import Reassembler
from netloom.wire.subject import subject_of
from tests.security.parsers.parser import Parser

if TYPE_CHECKING:
    from tests.security.parsers.parser import Parse

_SAID = {
    ("http", "server"): [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Disposition: x; filename=\"../a\"\r\n\r\nhello",
    ],
    ("http", "client"): [b"PUT /../a%2fb?c HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"],
    ("smtp", "client"): [b"DATA\r\nSubject: =?utf-8?q?x?=\r\n\r\n..a\r\n.\r\n", b"BDAT 5 LAST\r\nhello"],
    ("pop3", "server"): [b"+OK\r\n+OK 2 octets\r\na\r\n.\r\n"],
    ("imap", "server"): [b"* 1 FETCH (BODY[] {5}\r\nhello)\r\na OK\r\n"],
    ("imap", "client"): [b"a APPEND box {5+}\r\nhello\r\n"],
    ("ftp", "server"): [b"227 (1,2,3,4,5,6)\r\n229 (|||5|)\r\n"],
    ("ftp", "client"): [b"PORT 1,2,3,4,5,6\r\nREST 5\r\nRETR ../x\r\nEPRT |1|1.2.3.4|5|\r\n"],
    ("tftp", "client"): [b"\0\1../x\0netascii\0blksize\0008\0"],
}  # fmt: skip


def _extracted(name: str, sender: str) -> Parse:
    def feed(said: bytes) -> object:
        counts = {"client": Counts(), "server": Counts()}
        place = Place("192.0.2.1", 1)
        transport = "udp" if name == "tftp" else "tcp"
        stream = Stream(number=0, transport=transport, client=place, server=place, started=0, whole=True, counts=counts)
        middle = len(said) // 2
        events = [
            Data(stream, 0, sender, 0, said[:middle]),
            Gap(stream, 1, sender, middle, 1, "end"),
            Data(stream, 2, sender, middle + 1, said[middle:]),
            Closed(stream, 3, "capture"),
        ]
        extraction = Extraction(Shelf(subject_of))
        return [extraction.feed(name, event) for event in events]

    return feed


def _streams(said: bytes) -> object:
    """Packets of IP one behind the other, 64 octets each."""
    defragmenter, reassembler = Defragmenter(), Reassembler()
    given = []
    for at in range(0, len(said), 64):
        frame = Frame(said[at : at + 64], at, 101, 64)
        made = defragmenter.add(frame, dissect(frame))
        if made is not None:
            row = made[1].row
            given += reassembler.add(row, made[0].data[row.payload_at : row.payload_at + row.payload])
    return given + reassembler.finish()


def _packets() -> bytes:
    talk = Conversation("tcp", ("192.0.2.1", 1), ("192.0.2.2", 2))
    composed = [*talk.open(), *talk.sent(b"hello"), *talk.received(b"world"), *talk.close()]
    return b"".join(one.data.ljust(64, b"\0") for one in composed)


PARSERS = {
    f"taken out of {name}, {sender}": Parser(_extracted(name, sender), said) for (name, sender), said in _SAID.items()
}
PARSERS["streams"] = Parser(_streams, [_packets()])
