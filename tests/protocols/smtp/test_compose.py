"""Letters: what is told apart, what stays as it is, who gets it."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, UsageError
from netloom.protocols.smtp.client import SmtpOptions
from netloom.protocols.smtp.compose import Letter, compose, is_message
from netloom.records import Message
from netloom.wire.smtp import data

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


def make(payload: bytes = b"hello", path: str = "ann@x", message: Any = None, **options: Any) -> Letter:
    return compose(Message(payload=payload, **(message or {})), path, SmtpOptions(**options))


def read(letter: Letter) -> EmailMessage:
    return message_from_bytes(letter.content, policy=policy.default)


@pytest.mark.parametrize(
    ("payload", "whole"),
    [
        (b"Subject: x\n\nbody", True), (b"Subject: x\r\n\r\nbody", True),
        (b"from: a@x\r\nX: y\r\n folded\r\n\r\n", True),
        (b"Received: a\r\n\tb\r\n\r\n", True), (b"", False), (b"hello", False), (b"hello\n\nworld", False),
        (b"Note: buy milk\n\nsoon", False),
        (b"Subject: x", False), (b"Subject: x\nno field\n\nbody", False), (b" Subject: x\n\nbody", False),
        (b"\nSubject: x\n\n", False),
    ],
)  # fmt: skip
def test_a_text_or_a_message(payload: bytes, whole: bool) -> None:
    assert is_message(payload) is whole


class TestWhole:
    WHOLE = (
        b"From: Bob <bob@x>\r\nTo: ann@x, Eve <eve@y>\r\nCc: sue@z\r\nBcc: tom@x,\r\n tim@x\r\n"
        b"Message-ID: <1@x>\r\n\r\n.\r\n\xe4\r\n"
    )

    def test_it_stays_as_it_is_but_for_blind_copies(self) -> None:
        letter = make(self.WHOLE, path="")
        assert letter.content == self.WHOLE.replace(b"Bcc: tom@x,\r\n tim@x\r\n", b"")
        assert letter.sender is not None
        assert letter.sender.address == "bob@x"
        assert [mailbox.address for mailbox in letter.recipients] == ["ann@x", "eve@y", "sue@z", "tom@x", "tim@x"]
        assert letter.message_id == "<1@x>"
        assert (letter.needs_8bit, letter.needs_utf8) == (True, False)

    def test_an_envelope_of_its_own(self) -> None:
        letter = make(self.WHOLE, path="new@x", sender="list@x")
        assert letter.sender is not None
        assert letter.sender.address == "list@x"
        assert [mailbox.address for mailbox in letter.recipients] == ["new@x"]

    def test_line_ends(self) -> None:
        assert make(b"From: a@x\n\na\nb\r\nc").content == b"From: a@x\r\n\r\na\r\nb\r\nc"

    def test_utf8_in_the_header(self) -> None:
        assert make("From: bób@x\n\n".encode(), sender="bob@x").needs_utf8

    def test_the_header_is_there_already(self) -> None:
        for options in ({"subject": "x"}, {"header": ["X: y"]}, {"html": True}, {"attach": ["file"]}):
            with pytest.raises(UsageError, match="whole already"):
                make(self.WHOLE, **options)
        with pytest.raises(UsageError, match="properties"):
            make(self.WHOLE, message={"properties": {"x": "y"}})


class TestMade:
    def test_headers(self) -> None:
        people: dict[str, Any] = {"sender": "Bób <bob@x>", "to": ["Eve <eve@y>"], "cc": ["sue@z"], "bcc": ["tom@x"]}
        letter = make(**people, subject="Grüße", header=["X-Y: z", "Reply-To: r@x"])
        message = read(letter)
        assert message["From"] == "Bób <bob@x>"
        assert message["To"] == "ann@x, Eve <eve@y>"
        assert (message["Cc"], message["Bcc"], message["Subject"], message["X-Y"], message["Reply-To"]) == (
            "sue@z", None, "Grüße", "z", "r@x",
        )  # fmt: skip
        assert message["Date"]
        assert message["Message-ID"] == letter.message_id
        assert letter.content.isascii()
        assert [mailbox.address for mailbox in letter.recipients] == ["ann@x", "eve@y", "sue@z", "tom@x"]

    def test_properties_are_headers(self) -> None:
        letter = make(message={"properties": {"subject": "x", "from": "bob@x", "to": "eve@x", "X-Y": "z"}})
        message = read(letter)
        assert (message["Subject"], message["From"], message["To"], message["X-Y"]) == (
            "x",
            "bob@x",
            "ann@x, eve@x",
            "z",
        )

    def test_a_text_that_looks_like_a_message(self) -> None:
        letter = compose(Message(payload=b"Subject: x\n\nbody"), "ann@x", SmtpOptions(payload="text"))
        assert read(letter).get_content() == "Subject: x\r\n\r\nbody\r\n"
        letter = compose(Message(payload=b"X-Only: x\n\nbody"), "ann@x", SmtpOptions(payload="message"))
        assert letter.content == b"X-Only: x\r\n\r\nbody"

    @pytest.mark.parametrize(
        "text", ["", "hello", ".\n.\r\n..", "x" * 5000, "ä" * 2000, "a\rb", "tab\tand\x00nul", "From here\n"]
    )
    def test_texts_arrive(self, text: str) -> None:
        letter = make(text.encode())
        data.encode(letter.content)
        got, wanted = (said.replace("\r\n", "\n").replace("\r", "\n") for said in (read(letter).get_content(), text))
        assert got.rstrip("\n") == wanted.rstrip("\n")

    def test_html_and_octets(self) -> None:
        assert read(make(b"<p>", html=True)).get_content_type() == "text/html"
        message = read(make(b"\xff\xfe"))
        assert (message.get_content_type(), message.get_content()) == ("application/octet-stream", b"\xff\xfe")

    def test_addresses_beyond_ascii(self) -> None:
        letter = make(path="änn@bücher.example", sender="bob@bücher.example")
        assert letter.needs_utf8
        assert "To: änn@bücher.example\r\n".encode() in letter.content
        letter = make(path="ann@bücher.example")
        assert not letter.needs_utf8
        assert letter.recipients[0].address == "ann@xn--bcher-kva.example"

    def test_who_it_is_from(self) -> None:
        assert read(make())["From"] == "netloom@localhost"
        assert read(make(name="mx.example.org"))["From"] == "netloom@mx.example.org"
        assert read(make(message={"sender": "eve@x"}, sender="bob@x"))["From"] == "eve@x"

    @pytest.mark.parametrize("to", ["ann", "ann@", "@x", "a b@x", "ann@x y", "<", "ann@x, ,", "ann@-x", '"a@x'])
    def test_no_address(self, to: str) -> None:
        with pytest.raises(LocalProtocolError):
            make(path="", to=[to])

    def test_names(self) -> None:
        letter = make(path="", to=['"Ann, the \\"first\\"" <ann@x>, Bob <bob@x>', "<eve@x>", '"a b"@x'])
        assert [mailbox.address for mailbox in letter.recipients] == ["ann@x", "bob@x", "eve@x", '"a b"@x']
        addresses = read(letter)["To"].addresses
        assert [address.display_name for address in addresses] == ['Ann, the "first"', "Bob", "", ""]
        assert [address.addr_spec for address in addresses] == ["ann@x", "bob@x", "eve@x", '"a b"@x']

    @pytest.mark.parametrize("header", ["no colon", "Content-Type: text/html", "Subject: a", "MIME-Version: 2"])
    def test_headers_that_contradict(self, header: str) -> None:
        with pytest.raises(UsageError):
            make(subject="b", header=[header])

    @pytest.mark.parametrize("name", ["", "a b", "ä", "x\0"])
    def test_names_that_are_none(self, name: str) -> None:
        with pytest.raises(LocalProtocolError):
            make(header=[f"{name}: x"])


@settings(deadline=None)  # it works on files
@given(content=st.binary(max_size=3000))
def test_attachments_are_equal_to_the_byte(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for name in ("a.txt", "a.bin", "a.eml", "a.html"):
        place: Path = tmp_path_factory.getbasetemp() / name
        place.write_bytes(content)
        letter = make(attach=[str(place)])
        decoder = data.Decoder()
        arrived = decoder.feed(data.encode(letter.content))
        assert decoder.done
        (part,) = message_from_bytes(arrived, policy=policy.default).iter_attachments()
        assert part.get_payload(decode=True) == content
        assert part.get_filename() == name
