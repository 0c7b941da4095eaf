"""HTTP/2, replayed: what ends a message is waited for, whatever else stands between."""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.web import Replay
from netloom.packet.tape.web_frames import PREFACE
from tests.packet.tape.parts import gists, keeps_to_it, split


def talk(agent: str = "x", content: bytes = b"warp") -> list[tuple[str, bytes]]:
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    said: list[tuple[str, bytes]] = []

    def exchange() -> None:
        while True:
            there, back = client.data_to_send(), server.data_to_send()
            said.extend(piece for piece in ((CLIENT, there), (SERVER, back)) if piece[1])
            if not there and not back:
                return
            if there:
                server.receive_data(there)
            if back:
                client.receive_data(back)

    client.initiate_connection()
    server.initiate_connection()
    exchange()
    asked = [(":scheme", "https"), (":authority", "here"), ("user-agent", agent)]
    client.send_headers(1, [(":method", "GET"), (":path", "/a"), *asked], end_stream=True)
    client.send_headers(3, [(":method", "POST"), (":path", "/b"), *asked])
    client.ping(b"12345678")
    client.send_data(3, b"x" * 100, end_stream=True)
    exchange()
    server.send_headers(1, [(":status", "103")])
    server.send_headers(1, [(":status", "200"), ("content-type", "text/html")])
    server.send_data(1, content, end_stream=True)
    server.send_headers(3, [(":status", "404")], end_stream=True)
    exchange()
    return said


def waited(said: list[tuple[str, bytes]], sender: str) -> list[str | None]:
    return [unit.gist for unit in split(Replay, said) if unit.gist is not None and unit.sender == sender]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk())


def test_what_is_the_same() -> None:
    assert waited(talk(), CLIENT) == ["1 GET /a", "3 POST /b"]
    assert waited(talk("another"), CLIENT) == waited(talk(), CLIENT)
    told = waited(talk(), SERVER)
    assert [words.rpartition(" ")[0] for words in told if words] == ["1 200 text/html", "3 404"]
    assert waited(talk(content=b"weft"), SERVER) != told


def test_a_table_that_is_lost() -> None:
    said = [(CLIENT, PREFACE + b"\0\0\1\1\5\0\0\0\1\xff")]
    assert gists(Replay, said) == [None, "1 "]
