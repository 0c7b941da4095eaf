"""Syslog messages and frames: the RFCs' examples, what real devices say, what is refused, and every cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import syslog
from netloom.wire.syslog import framing, rfc3164, rfc5424, structured
from netloom.wire.syslog.message import FACILITIES, SEVERITIES, Element, Message, stamp_3164, stamp_5424
from tests.fuzzing import hammer
from tests.security.parsers.syslog import PARSERS

STAMP = "2003-10-11T22:14:15.003Z"


def fields(message: Message) -> dict[str, Any]:
    """What a message says, without what it doesn't."""
    return {name: value for name in message.__struct_fields__ if (value := getattr(message, name))}


class TestModern:
    """RFC 5424."""

    def test_the_first_example(self) -> None:
        """§6.5."""
        said = b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed"
        message = rfc5424.parse(said)
        assert message == Message(
            facility=4, severity=2, timestamp=STAMP, hostname="mymachine.example.com", app="su", msgid="ID47",
            text=b"'su root' failed", utf8=True,
        )  # fmt: skip
        assert (message.facility_name, message.severity_name) == ("auth", "crit")
        assert rfc5424.emit(message) == said

    def test_structured_data(self) -> None:
        """§6.3.5 and §6.5."""
        said = (
            b'<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" '
            b'eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]'
        )
        message = rfc5424.parse(said)
        assert message.data == (
            Element("exampleSDID@32473", (("iut", "3"), ("eventSource", "Application"), ("eventID", "1011"))),
            Element("examplePriority@32473", (("class", "high"),)),
        )
        assert message.text == b""
        assert rfc5424.emit(message) == said

    @pytest.mark.parametrize(
        ("said", "value"),
        [(r"\"", '"'), (r"\]", "]"), (r"\\", "\\"), (r"\n", r"\n"), (r"\\n", r"\n"), ("é\n", "é\n"), ("", "")],
    )
    def test_escapes(self, said: str, value: str) -> None:
        """§6.3.3: before anything else a backslash is itself."""
        ((element,), end) = structured.parse(f'[a b="{said}"]'.encode())
        assert element.params == (("b", value),)
        assert end == len(f'[a b="{said}"]'.encode())

    @pytest.mark.parametrize("said", [b"<0>1 - - - - - -", b"<191>1 - - - - - - ", b"<7>1 - h a p m [x]"])
    def test_little_is_enough(self, said: bytes) -> None:
        rfc5424.parse(said)

    @pytest.mark.parametrize(
        ("said", "rule"),
        [
            (b"", "§6.2.1"), (b"<34> - - - - - -", "§6.2.1"), (b"<034>1 - - - - - -", "§6.2.1"),
            (b"<192>1 - - - - - -", "§6.2.1"), (b"34>1 - - - - - -", "§6.2.1"), (b"<-1>1 - - - - - -", "§6.2.1"),
            (b"<34>2 - - - - - -", "§6.2.2"), (b"<34>01 - - - - - -", "§6.2.1"), (b"<34>1 - - - - -", "§6"),
            (b"<34>1 2003-10-11t22:14:15Z - - - - -", "§6.2.3"), (b"<34>1 2003-10-11T22:14:15 - - - - -", "§6.2.3"),
            (b"<34>1 2003-10-11T24:14:15Z - - - - -", "§6.2.3"), (b"<34>1 2003-10-11T22:14:60Z - - - - -", "§6.2.3"),
            (b"<34>1 2003-02-29T22:14:15Z - - - - -", "§6.2.3"),
            (b"<34>1 2003-10-11T22:14:15.1234567Z - - - - -", "§6.2.3"),
            (b"<34>1 2003-10-11T22:14:15+2:00 - - - - -", "§6.2.3"), (b"<34>1  - - - - -", "§6.2.3"),
            (b"<34>1 - h\xc3\xa9 - - - -", "§6"), (b"<34>1 - " + b"h" * 256 + b" - - - -", "§6"),
            (b"<34>1 - - " + b"a" * 49 + b" - - -", "§6"), (b"<34>1 - - - " + b"p" * 129 + b" - -", "§6"),
            (b"<34>1 - - - - " + b"m" * 33 + b" -", "§6"), (b"<34>1 - - - - - ", "§6.3"),
            (b"<34>1 - - - - - text", "§6.3"), (b"<34>1 - - - - - -text", "§6"), (b"<34>1 - - - - - []", "§6.3"),
            (b'<34>1 - - - - - [a b="c]"]', "§6.3.3"), (b'<34>1 - - - - - [a b="c"', "§6.3.3"),
            (b'<34>1 - - - - - [a b=c]', "§6.3.3"), (b'<34>1 - - - - - [a  b="c"]', "§6.3.3"),
            (b'<34>1 - - - - - [a][a]', "§6.3.2"), (b'<34>1 - - - - - [a b="\xff"]', "§6.3.3"),
            (b"<34>1 - - - - - [" + b"a" * 33 + b"]", "§6.3"), (b"<34>1 - - - - - [a=b]", "§6.3"),
            (b"<34>1 - - - - - - \xef\xbb\xbf\xff", "§6.4"),
        ],
    )  # fmt: skip
    def test_refused(self, said: bytes, rule: str) -> None:
        with pytest.raises(RemoteProtocolError) as refused:
            rfc5424.parse(said)
        assert refused.value.rule == f"RFC 5424 {rule}"

    @pytest.mark.parametrize(
        "changes",
        [
            {"facility": 24}, {"severity": 8}, {"facility": -1}, {"timestamp": "now"}, {"hostname": "h" * 256},
            {"hostname": "a b"}, {"hostname": "é"}, {"app": "a" * 49}, {"procid": "p" * 129}, {"msgid": "m" * 33},
            {"app": "a\n"}, {"msgid": "\x7f"}, {"data": (Element("a b"),)}, {"data": (Element("a" * 33),)},
            {"data": (Element("a"), Element("a"))}, {"data": (Element("a", (("=", "x"),)),)},
            {"data": (Element("a", (("b", "\ud800"),)),)}, {"text": b"\xff", "utf8": True},
            {"text": b"\xef\xbb\xbfx"},
        ],
    )  # fmt: skip
    def test_what_we_dont_say(self, changes: dict[str, Any]) -> None:
        with pytest.raises(LocalProtocolError):
            rfc5424.emit(Message(**changes))

    def test_times(self) -> None:
        when = datetime(2003, 8, 24, 5, 14, 15, 3, tzinfo=timezone(timedelta(hours=-7)))
        assert stamp_5424(when) == "2003-08-24T05:14:15.000003-07:00"
        assert stamp_5424(when.astimezone(UTC)) == "2003-08-24T12:14:15.000003Z"
        assert rfc5424.is_timestamp(stamp_5424(when))
        assert stamp_3164(datetime(2003, 2, 5, 17, 32, 18, tzinfo=UTC)) == "Feb  5 17:32:18"


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30).filter(lambda w: w != "-")
names = st.text(st.sampled_from("abcXYZ019@._-"), min_size=1, max_size=32)
texts = st.binary(max_size=200).filter(lambda text: not text.startswith(rfc5424.BOM))
elements = st.lists(
    st.builds(Element, names, st.lists(st.tuples(names, st.text(max_size=20)), max_size=3).map(tuple)),
    max_size=3,
    unique_by=lambda element: element.id,
).map(tuple)
moderns = st.builds(
    Message,
    facility=st.integers(0, 23),
    severity=st.integers(0, 7),
    timestamp=st.sampled_from(["", STAMP, "1985-04-12T19:20:50.52-04:00"]),
    hostname=words | st.just(""),
    app=words | st.just(""),
    procid=words | st.just(""),
    msgid=words | st.just(""),
    data=elements,
    text=texts,
)


@settings(deadline=None)
@given(moderns)
def test_a_modern_message_is_read_as_it_was_said(message: Message) -> None:
    assert rfc5424.parse(rfc5424.emit(message)) == message


@settings(deadline=None)
@given(st.text(max_size=50))
def test_a_text_with_its_mark(text: str) -> None:
    message = Message(text=text.encode(), utf8=True)
    assert rfc5424.parse(rfc5424.emit(message)) == message


olders = st.builds(
    Message,
    format=st.just("3164"),
    facility=st.integers(0, 23),
    severity=st.integers(0, 7),
    timestamp=st.sampled_from(["Oct 11 22:14:15", "Feb  5 17:32:18"]),
    hostname=st.sampled_from(["h1", "10.0.0.9", "fe80::1", "a.example.org"]),
    app=st.text(st.sampled_from("abcXYZ019/._-"), min_size=1, max_size=32),
    procid=st.text(st.sampled_from("abc019"), max_size=8),
    text=st.binary(min_size=1, max_size=100).filter(lambda text: b"%" not in text),
)


@settings(deadline=None)
@given(olders)
def test_an_older_message_is_read_as_it_was_said(message: Message) -> None:
    assert rfc3164.parse(rfc3164.emit(message)) == message


class TestOlder:
    """RFC 3164, as it is said."""

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            (
                b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
                {"hostname": "mymachine", "app": "su", "timestamp": "Oct 11 22:14:15"},
            ),
            (b"<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", {"hostname": "10.0.0.99", "timestamp": "Feb  5 17:32:18"}),
            (b"<13>Oct 11 22:14:15 root: hello", {"app": "root", "timestamp": "Oct 11 22:14:15"}),
            (b"<13>Oct 11 22:14:15 root[12]: hello", {"app": "root", "procid": "12", "timestamp": "Oct 11 22:14:15"}),
            (
                b"<13>Oct 11 22:14:15 h root[12] hello",
                {"hostname": "h", "app": "root", "procid": "12", "timestamp": "Oct 11 22:14:15"},
            ),
            (
                b"<13>Oct 11 22:14:15 fe80::1 app: x",
                {"hostname": "fe80::1", "app": "app", "timestamp": "Oct 11 22:14:15"},
            ),
            (b"<14>hello world\0", {"facility": 1, "severity": 6}),
            (b"<14>myapp: hello", {"app": "myapp"}),
            (b"Use the BFG!", {"facility": 1, "severity": 5}),
            (b"<999>x", {"facility": 1, "severity": 5, "text": b"<999>x"}),
            (b"<13>http://x/y", {"text": b"http://x/y"}),
            (b"<14>12:30: foo", {"text": b"12:30: foo"}),
            (b"<13>Oct 11 22:14:15 host", {"text": b"host", "timestamp": "Oct 11 22:14:15"}),
            (
                b"<30>2003-10-11T22:14:15.003+02:00 host postfix/smtpd[99]: connect",
                {"hostname": "host", "app": "postfix/smtpd", "procid": "99"},
            ),
        ],
    )
    def test_real_senders(self, said: bytes, expected: dict[str, Any]) -> None:
        found = fields(syslog.parse(said))
        assert found.pop("format") == "3164"
        assert found | expected == found
        assert {"hostname", "app", "procid", "timestamp"} & set(found) <= set(expected) | {"timestamp"}

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            (
                b"<189>46: 000045: *Mar  1 00:01:02.345 UTC: %SYS-5-CONFIG_I: Configured from console",
                {
                    "timestamp": "Mar  1 00:01:02.345 UTC",
                    "app": "SYS",
                    "msgid": "SYS-5-CONFIG_I",
                    "sequence": "000045",
                    "text": b"Configured from console",
                },
            ),
            (b"<189>82: 00:20:10: %SYS-5-CONFIG_I: x", {"timestamp": "00:20:10", "sequence": "82", "app": "SYS"}),
            (b"<189>82: 1w2d: %SYS-5-CONFIG_I: x", {"timestamp": "1w2d", "sequence": "82"}),
            (b"<189>90: *Oct 16 2010 21:47:50.439: %SYS-5-CONFIG_I: y", {"timestamp": "Oct 16 2010 21:47:50.439"}),
            (b"<189>29: %SYS-5-RESTART: System restarted", {"sequence": "29", "msgid": "SYS-5-RESTART"}),
            (
                b"<189>47: sw1: 000046: Oct 11 22:14:15.123 CEST: %LINK-3-UPDOWN: Interface",
                {"hostname": "sw1", "sequence": "000046", "app": "LINK"},
            ),
            (
                b"<166>Oct 11 2021 22:14:15 asa1 : %ASA-6-302013: Built",
                {"hostname": "asa1", "app": "ASA", "msgid": "ASA-6-302013"},
            ),
            (
                b"<166>:Oct 11 22:14:15 UTC: %ASA-session-6-302013: Built",
                {"app": "ASA-session", "msgid": "ASA-session-6-302013"},
            ),
            (
                b"<190>123: router RP/0/RSP0/CPU0:Oct 11 22:14:15.123 UTC: config[65]: %MGBL-CONFIG-6-DB_COMMIT : Done",
                {
                    "hostname": "router",
                    "app": "config",
                    "procid": "65",
                    "msgid": "MGBL-CONFIG-6-DB_COMMIT",
                    "sequence": "123",
                    "text": b"Done",
                },
            ),
            (
                b"<189>: 2014 Mar  7 16:15:31 UTC: %ETHPORT-5-IF_UP: Interface up",
                {"timestamp": "2014 Mar  7 16:15:31 UTC", "app": "ETHPORT"},
            ),
        ],
    )
    def test_ciscos(self, said: bytes, expected: dict[str, Any]) -> None:
        found = fields(syslog.parse(said))
        assert found | expected == found

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            (
                b"<34>1 2003-10-11T22:14:15.003Z host app - ID47 no structured data",
                {"hostname": "host", "app": "app", "msgid": "ID47", "text": b"no structured data"},
            ),
            (
                b'<34>1 2003-10-11 22:14:15 host app 12 ID47 [a@1 b="c"] x',
                {"procid": "12", "data": (Element("a@1", (("b", "c"),)),), "text": b"x"},
            ),
            (b"<34>1 - host words", {"hostname": "host", "text": b"words"}),
            (
                b"<134>1 1563249630.774247467 device events type=ids",
                {"timestamp": "1563249630.774247467", "hostname": "device", "text": b"events type=ids"},
            ),
            (b"<34>1 2003-10-11T22:14:15.003Z h\xc3\xa9 app - - - x", {"hostname": "hé", "app": "app"}),
        ],
    )
    def test_what_claims_to_be_modern(self, said: bytes, expected: dict[str, Any]) -> None:
        found = fields(syslog.parse(said))
        assert found | expected | {"format": "3164"} == found

    @pytest.mark.parametrize("said", [b"", b"\0", b" \r\n", b"\n\n\0"])
    def test_nothing_is_nothing(self, said: bytes) -> None:
        for parse in (syslog.parse, rfc3164.parse):
            with pytest.raises(RemoteProtocolError):
                parse(said.strip(b"\0"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"msgid": "x"}, {"data": (Element("a"),)}, {"utf8": True}, {"sequence": "1"}, {"timestamp": STAMP},
            {"hostname": "h"}, {"timestamp": "Oct 11 22:14:15", "hostname": "a b"}, {"app": "a:"}, {"app": "a[1]"},
            {"app": "a" * 33}, {"app": "a\n"}, {"procid": "1"}, {"app": "a", "procid": "1]"}, {"severity": 9},
        ],
    )  # fmt: skip
    def test_what_we_dont_say(self, changes: dict[str, Any]) -> None:
        with pytest.raises(LocalProtocolError):
            rfc3164.emit(Message(format="3164", **changes))


@pytest.mark.parametrize("message", [Message(text=b"a"), Message(format="3164", text=b"a")])
def test_either_is_emitted(message: Message) -> None:
    assert syslog.parse(syslog.emit(message)) == message


def test_there_are_24_facilities_and_8_severities() -> None:
    assert (len(FACILITIES), len(SEVERITIES)) == (24, 8)
    assert (FACILITIES[10], FACILITIES[16], SEVERITIES[3]) == ("authpriv", "local0", "err")


class TestFrames:
    """RFC 6587."""

    @pytest.mark.parametrize(
        ("said", "expected", "rest"),
        [
            (b"5 hello", [b"hello"], b""),
            (b"5 hello3 <1>", [b"hello", b"<1>"], b""),
            (b"<13>a\n<13>b\r\n", [b"<13>a", b"<13>b\r"], b""),
            (b"<13>a\n5 hello\n<13>b", [b"<13>a", b"hello"], b"<13>b"),
            (b"5 hello\n5 hello", [b"hello", b"hello"], b""),
            (b"2003-10-11 a\n", [b"2003-10-11 a"], b""),
            (b"0 a\n", [b"0 a"], b""),
            (b"12345678901 a\n", [b"12345678901 a"], b""),
            (b"9 of two\nli", [b"of two\nli"], b""),
            (b"7 hello", [], b""),
            (b"\n\n\0 ", [], b""),
        ],
    )  # fmt: skip
    def test_both_kinds(self, said: bytes, expected: list[bytes], rest: bytes) -> None:
        for size in (1, 2, 3, len(said)):
            unframer = framing.Unframer()
            found = [message for at in range(0, len(said), size) for message in unframer.feed(said[at : at + size])]
            assert found == expected
            assert unframer.rest() == rest

    def test_a_message_is_bounded(self) -> None:
        for said in (b"101 ", b"999999999 ", b"<" * 102):
            with pytest.raises(RemoteProtocolError):
                list(framing.Unframer(100).feed(said))
        assert list(framing.Unframer(100).feed(b"100 " + b"x" * 100)) == [b"x" * 100]
        assert list(framing.Unframer(100).feed(b"x" * 100 + b"\n")) == [b"x" * 100]

    def test_what_came_before_is_given(self) -> None:
        messages = framing.Unframer(10).feed(b"3 abc99 x")
        assert next(messages) == b"abc"
        with pytest.raises(RemoteProtocolError):
            next(messages)

    def test_what_we_say(self) -> None:
        assert framing.frame(b"a\nb") == b"3 a\nb"
        assert framing.frame(b"ab", "lf") == b"ab\n"
        with pytest.raises(LocalProtocolError) as refused:
            framing.frame(b"a\nb", "lf")
        assert "octets" in refused.value.hint

    @settings(deadline=None)
    @given(st.lists(st.binary(min_size=1, max_size=50).filter(lambda said: said[:1] not in b"\r\n\0 "), max_size=5))
    def test_what_is_framed_is_unframed(self, messages: list[bytes]) -> None:
        said = b"".join(framing.frame(message) for message in messages)
        assert list(framing.Unframer().feed(said)) == messages


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_bytes(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)


@pytest.mark.parametrize(
    "said",
    [
        b"<13>" + b"1" * 65_000,
        b"<13>" + b"a:" * 32_000,
        b"<13>Oct 11 22:14:15 " + b"f:" * 32_000,
        b"<13>1 " + b"1 " * 30_000,
        b"<13>" + b"a.b-" * 16_000,
        b'<13>1 - - - - - [a b="' + b"\\" * 60_000,
        b"<13>%" + b"A-" * 30_000,
    ],
)
def test_long_ones_are_read_in_their_length(said: bytes) -> None:
    """In time of the product of lengths this would take minutes, and the test its time limit."""
    for _ in range(20):
        syslog.parse(said)
