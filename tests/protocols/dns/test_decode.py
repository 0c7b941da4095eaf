"""DNS: the passive decoder."""

from __future__ import annotations

import base64

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Endpoint
from netloom.links.virtual import run
from netloom.protocols.dns.decode import Decoder, is_framed_query, is_query
from netloom.toolbox import Toolbox
from netloom.wire.dns import codes
from netloom.wire.dns.message import Message, Question, Record, emit, framed
from netloom.wire.dns.names import from_text
from tests.security.house import House

NAME = from_text("www.example.com")
QUERY = emit(Message(0x1234, codes.RD, (Question(NAME, codes.A),)))
FOUND = tuple(Record(NAME, codes.A, codes.IN, 60, bytes([192, 0, 2, number])) for number in range(6))
ANSWER = emit(Message(0x1234, codes.QR, (Question(NAME, codes.A),), FOUND))


def test_datagrams() -> None:
    decoder = Decoder()
    assert [said.words for said in decoder.feed("client", QUERY)] == ["www.example.com. A?"]
    (said,) = decoder.feed("server", ANSWER)
    assert said.words.startswith("NOERROR: www.example.com. 60 IN A 192.0.2.0; ")
    assert said.words.endswith(" and 2 more")
    assert said.size == len(ANSWER)
    assert decoder.feed("server", b"nonsense")[0].words.startswith("no DNS message")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(1, codes.QR | codes.NXDOMAIN, (Question(NAME, codes.A),)), "NXDOMAIN: www.example.com. A"),
        (Message(1, codes.QR | codes.TC, (Question(NAME, codes.A),)), "NOERROR (truncated): www.example.com. A"),
        (Message(1, codes.UPDATE << 11, (Question(NAME, codes.SOA),)), "UPDATE www.example.com. SOA?"),
        (Message(1, 0), "nothing?"),
        (Message(1, codes.QR, (), (Record(NAME, codes.A, 1, 0, b"\1"),)), "NOERROR: A data is malformed"),
    ],
)
def test_words(message: Message, words: str) -> None:
    assert [said.words for said in Decoder().feed("server", emit(message))] == [words]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    stream = framed(ANSWER) + framed(QUERY) + framed(b"bad") + framed(ANSWER)
    decoder = Decoder()
    said = [each.words for at in range(0, len(stream), size) for each in decoder.feed("server", stream[at : at + size])]
    assert [words.partition(":")[0] for words in said] == [
        "NOERROR",
        "www.example.com. A?",
        "no DNS message",
        "NOERROR",
    ]


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=40)), max_size=8))
def test_it_never_raises(pieces: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    for sender, data in pieces:
        decoder.feed(sender, data)


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    decoder.feed("server", b"\xff\xff")
    for _ in range(100):
        decoder.feed("server", bytes(10_000))
    assert all(len(kept) <= 65537 for kept in decoder._buffers.values())


def test_recognition() -> None:
    assert is_query(QUERY)
    assert not is_query(ANSWER)
    assert not is_query(b"GET / HTTP/1.1\r\n")
    assert is_framed_query(framed(QUERY))
    assert not is_framed_query(QUERY)


POST = (
    b"POST /dns-query HTTP/1.1\r\nHost: h\r\nContent-Type: application/dns-message\r\nContent-Length: %d\r\n\r\n%b"
    % (len(QUERY), QUERY)
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (
    20, ANSWER[:20], len(ANSWER) - 20, ANSWER[20:],
)  # fmt: skip
PAGE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n"
TOLD = "NOERROR: www.example.com. 60 IN A 192.0.2.0; "


class TestOverHttp:
    @pytest.mark.parametrize("size", [30, 45, 1000])
    def test_messages_in_http_1(self, size: int) -> None:
        decoder = Decoder()

        def told(sender: str, data: bytes) -> list[str]:
            pieces = [data[at : at + size] for at in range(0, len(data), size)]
            return [said.words for piece in pieces for said in decoder.feed(sender, piece)]

        asked = told("client", POST)
        assert asked[0] == "POST /dns-query HTTP/1.1"
        assert asked[-1] == "www.example.com. A?"
        answered = told("server", CHUNKED + PAGE)
        (answer,) = [words for words in answered if words.startswith("NOERROR")]
        assert answer.startswith(TOLD)
        assert answered[-3:] == ["HTTP/1.1 404 Not Found", "Content-Length: 5", "5 bytes of the body"] or size < 1000
        assert not [words for words in asked + answered if "no DNS message" in words]

    def test_a_question_in_the_target(self) -> None:
        text = base64.urlsafe_b64encode(QUERY).rstrip(b"=")
        said = Decoder().feed("client", b"GET /dns-query?dns=%b HTTP/1.1\r\nHost: h\r\n\r\n" % text)
        assert [each.words for each in said] == [
            f"GET /dns-query?dns={text.decode()} HTTP/1.1",
            "www.example.com. A?",
            "Host: h",
        ]
        for odd in (b"A", b"AAAA", b"", b"%3"):
            said = Decoder().feed("client", b"GET /?dns=%b HTTP/1.1\r\n\r\n" % odd)
            assert len(said) == 1

    @pytest.mark.parametrize("first", ["client", "server"])
    def test_messages_in_http_2(self, first: str) -> None:
        """Several streams at once, whoever's preface comes first."""
        client = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        server = H2Connection(H2Configuration(client_side=False))
        client.initiate_connection()
        server.initiate_connection()
        decoder = Decoder()
        said: list[str] = []

        def say(sender: str) -> None:
            ours, other = (client, server) if sender == "client" else (server, client)
            data = ours.data_to_send()
            said.extend(f"{each.sender}: {each.words}" for each in decoder.feed(sender, data))
            other.receive_data(data)

        for sender in sorted(["client", "server"], reverse=first == "server"):
            say(sender)
        fields = [(":method", "POST"), (":scheme", "https"), (":authority", "h"), (":path", "/dns-query")]
        for number in (1, 3):
            client.send_headers(number, fields)
            client.send_data(number, QUERY[:10])
        for number in (1, 3):
            client.send_data(number, QUERY[10:], end_stream=True, pad_length=5)
        say("client")
        server.send_headers(1, [(":status", "200")])
        server.send_data(1, ANSWER)
        server.send_headers(1, [("x-sum", "1")], end_stream=True)
        server.send_headers(3, [(":status", "404")])
        server.send_data(3, b"none", end_stream=True)
        say("server")
        assert "client: stream 1: POST /dns-query HTTP/2" in said
        assert [words for words in said if words.endswith(" A?")] == [
            "client: stream 1: www.example.com. A?",
            "client: stream 3: www.example.com. A?",
        ]
        assert len([words for words in said if words.startswith(f"server: stream 1: {TOLD}")]) == 1
        assert "server: stream 3: HTTP/2 404" in said
        assert not [words for words in said if "no DNS message" in words]


@pytest.mark.parametrize("http", ["2", "1.1"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_dialogue_over_https_as_our_client_has_it(method: str, http: str) -> None:
    said: list[str] = []

    async def main() -> None:
        async with House("doh://127.0.0.1:0") as house:

            async def emit(record: object) -> None:
                raise AssertionError(record)

            toolbox = Toolbox(emit, network=house.network, dialogue=lambda _, words: said.append(words))
            place = f"doh://127.0.0.1:{house.port}/example.test?type=MX#verify=no,method={method},http={http}"
            async with toolbox.attempt(Endpoint.parse(place), 10.0) as attempt:
                await attempt.client.get("/example.test")

    run(main())
    assert [words for words in said if words.endswith("example.test. MX?")]
    assert [words for words in said if "NOERROR: example.test. 300 IN MX" in words]
    assert not [words for words in said if "no DNS message" in words], said
