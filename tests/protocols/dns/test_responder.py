"""DNS: what a zone's server says, fresh or kept, and to whom."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.accounts import Accounts
from netloom.contents.zone import Zone
from netloom.protocols.dns.options import Options
from netloom.protocols.dns.request import Request, Source
from netloom.protocols.dns.responder import _KEPT, CACHED, Elsewhere, Responder
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, parse
from netloom.wire.dns.names import from_text, mix_case
from netloom.wire.dns.update import update
from tests.protocols.dns.lab import ZONE

NOBODY = Accounts()
UDP, TCP = Source("127.0.0.1", datagram=True), Source("127.0.0.1")
FAR = Source("192.0.2.9")


def responder(zone: Zone | None = None, **options: Any) -> Responder:
    return Responder(zone or Zone(ZONE), Options(**options), NOBODY)


def query(name: str, rdtype: int = codes.A, *, rdclass: int = codes.IN, flags: int = codes.RD, **changes: Any) -> bytes:
    return emit(Message(5, flags, (Question(from_text(name), rdtype, rdclass),), edns=Edns()).replace(**changes))


def fresh(server: Responder, data: bytes, source: Source = UDP) -> Any:
    request = Request.read(data, source, NOBODY)
    assert request is not None
    return server.answer(request)


def said(server: Responder, data: bytes, source: Source = UDP) -> Message:
    answer = fresh(server, data, source)
    assert isinstance(answer, bytes)
    return parse(answer)


class TestAnswers:
    def test_data(self) -> None:
        answer = said(responder(), query("www.example.test"))
        assert answer.has(codes.AA)
        assert not answer.has(codes.RA)
        assert [record.data for record in answer.answers] == ["192.0.2.80"]

    @pytest.mark.parametrize(
        ("name", "rdtype", "rcode", "answers", "authority"),
        [
            ("alias.example.test", codes.A, 0, ["www.example.test.", "192.0.2.80"], 0),
            ("away.example.test", codes.A, 0, ["www.example.net."], 0),
            ("www.example.test", codes.MX, 0, [], 1),
            ("nope.example.test", codes.A, codes.NXDOMAIN, [], 1),
            ("example.org", codes.A, codes.REFUSED, [], 0),
            (".", codes.NS, codes.REFUSED, [], 0),
        ],
    )
    def test_the_rest_of_the_zone(self, name: str, rdtype: int, rcode: int, answers: list[str], authority: int) -> None:
        answer = said(responder(), query(name, rdtype))
        assert answer.rcode == rcode
        assert [record.data for record in answer.answers] == answers
        assert len(answer.authority) == authority

    @pytest.mark.parametrize(
        ("data", "rcode"),
        [
            (query("www.example.test", flags=codes.NOTIFY << 11), codes.NOTIMP),
            (query("www.example.test", flags=2 << 11), codes.NOTIMP),
            (query("www.example.test", rdclass=codes.CH), codes.REFUSED),
            (query("www.example.test", questions=()), codes.FORMERR),
            (query("www.example.test", questions=(Question(b"\0", 1), Question(b"\0", 1))), codes.FORMERR),
            (query("www.example.test", answers=(Record(b"\0", 1, 1, 0, bytes(4)),)), codes.FORMERR),
            (query("example.test", codes.AXFR), codes.FORMERR),
            (query("example.test", codes.SOA, flags=codes.UPDATE << 11, edns=None, questions=()), codes.FORMERR),
        ],
    )
    def test_what_is_not_done(self, data: bytes, rcode: int) -> None:
        assert said(responder(), data).rcode == rcode

    def test_any_is_answered_in_full_only_over_a_stream(self) -> None:
        server = responder()
        (record,) = said(server, query("example.test", codes.ANY)).answers
        assert record.data == '"RFC8482" ""'
        assert {record.rdtype for record in said(server, query("example.test", codes.ANY), TCP).answers} >= {
            6,
            2,
            15,
            16,
        }

    def test_signatures_come_with_do(self) -> None:
        signature = "A 8 3 300 20300101000000 20260101000000 2143 example.test. MxFcby9k/yvedMfQgKzhH5er0Mu/vILz"
        server = responder(Zone(f"{ZONE}signed IN A 192.0.2.5\nsigned IN RRSIG {signature}\n"))
        plain = said(server, query("signed.example.test"), TCP)
        assert [record.rdtype for record in plain.answers] == [codes.A]
        full = said(server, query("signed.example.test", edns=Edns(flags=codes.DO)), TCP)
        assert [record.rdtype for record in full.answers] == [codes.A, codes.RRSIG]

    def test_others_names_are_for_resolvers_where_recursion_is_wanted(self) -> None:
        server = responder(Zone(ZONE, forward=("dns://192.0.2.99",)))
        wanted = fresh(server, query("example.org", codes.MX))
        assert wanted == Elsewhere(Question(from_text("example.org"), codes.MX))
        chased = fresh(server, query("away.example.test"))
        assert isinstance(chased, Elsewhere)
        assert chased.question == Question(from_text("www.example.net"), codes.A)
        assert [record.data for record in chased.answers] == ["www.example.net."]
        assert said(server, query("example.org", flags=0)).rcode == codes.REFUSED
        assert said(server, query("www.example.test")).has(codes.RA)


class TestKept:
    def test_what_is_kept_is_what_would_be_said(self) -> None:
        server = responder()
        for name in ("www.example.test", "nope.example.test", "many.example.test"):
            for source in (UDP, TCP):
                data = query(name)
                first = fresh(server, data, source)
                kept = server.kept(b"\xab\xcd" + data[2:], datagram=source.datagram)
                assert kept is not None
                assert kept == (b"\xab\xcd" + first[2:], (Question(from_text(name), codes.A),))

    @given(
        st.binary(min_size=18, max_size=18), st.sampled_from(["www.example.test", "nopeee.example.te"]), st.booleans()
    )
    def test_case_is_echoed_and_nothing_else_changes(self, noise: bytes, text: str, datagram: bool) -> None:
        server = responder(SHARED)
        source = UDP if datagram else TCP
        name = from_text(text)
        fresh(server, query(text), source)
        mixed = emit(Message(9, codes.RD, (Question(mix_case(name, noise[: len(name)]), codes.A),), edns=Edns()))
        kept = server.kept(mixed, datagram=datagram)
        if text.endswith("test"):
            assert kept is not None
            assert kept[0] == fresh(server, mixed, source)

    @given(st.binary(max_size=80))
    def test_nothing_else_is_found(self, data: bytes) -> None:
        server = responder(SHARED)
        fresh(server, query("www.example.test"))
        assert server.kept(data, datagram=True) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"edns": None},
            {"edns": Edns(512)},
            {"edns": Edns(flags=codes.DO)},
            {"edns": Edns(options=((codes.OPTION_COOKIE, b"12345678"),))},
            {"flags": 0},
            {"flags": codes.RD | codes.CD},
            {"questions": (Question(from_text("www.example.test"), codes.AAAA),)},
        ],
    )
    def test_another_question_is_another_matter(self, changes: dict[str, Any]) -> None:
        server = responder()
        fresh(server, query("www.example.test"))
        data = query("www.example.test", **changes)
        assert server.kept(data, datagram=True) is None
        fresh(server, data)
        personal = changes.get("edns") is not None and changes["edns"].options
        assert (server.kept(data, datagram=True) is None) == bool(personal)

    def test_types_that_differ_by_a_letters_case_are_not_confused(self) -> None:
        server = responder()
        fresh(server, query("www.example.test", 0x41))
        assert server.kept(query("www.example.test", 0x61), datagram=True) is None

    def test_datagrams_and_streams_are_kept_apart(self) -> None:
        server = responder()
        fresh(server, query("many.example.test"), UDP)
        assert server.kept(query("many.example.test"), datagram=False) is None

    def test_a_change_of_the_zone_is_seen_at_once(self) -> None:
        zone = Zone(ZONE)
        server = responder(zone)
        data = query("www.example.test")
        fresh(server, data)
        assert server.kept(data, datagram=True)
        change = update(from_text("example.test"), "delete www.example.test")
        assert said(server, emit(change)).rcode == 0
        assert server.kept(data, datagram=True) is None
        assert said(server, data).rcode == codes.NXDOMAIN
        assert server.kept(data, datagram=True)

    def test_servers_of_one_zone_share_it_and_it_goes_with_the_zone(self) -> None:
        zone = Zone(ZONE)
        fresh(responder(zone), query("www.example.test"))
        assert responder(zone).kept(query("www.example.test"), datagram=True)
        before = len(_KEPT)
        del zone
        gc.collect()
        assert len(_KEPT) < before

    def test_there_is_a_bound(self) -> None:
        server = responder()
        for number in range(CACHED + 10):
            fresh(server, query(f"n{number}.example.test"))
        assert len(server._kept.datagrams) <= CACHED


SHARED = Zone(ZONE)


class TestTransfers:
    def whole(self, server: Responder, data: bytes, source: Source = TCP) -> list[Message]:
        request = Request.read(data, source, NOBODY)
        assert request is not None
        assert server.wants_transfer(request)
        return [parse(message) for message in server.transfer(request)]

    def test_a_large_zone_comes_in_several_messages(self) -> None:
        zone = Zone(ZONE + "".join(f"host{number} IN TXT {'x' * 200}\n" for number in range(500)))
        messages = self.whole(responder(zone), query("example.test", codes.AXFR))
        records = [record for message in messages for record in message.answers]
        assert len(messages) > 5
        assert records[0] == records[-1]
        assert records[0].rdtype == codes.SOA
        assert sum(record.rdtype == codes.SOA for record in records) == 2
        assert sum(record.rdtype == codes.TXT for record in records) == 501

    @pytest.mark.parametrize(
        ("who", "source", "rcode"),
        [
            ("loopback", TCP, 0),
            ("loopback", Source("::1"), 0),
            ("loopback", FAR, codes.REFUSED),
            ("loopback", Source("1270.0.0.1"), codes.REFUSED),
            ("accounts", TCP, codes.REFUSED),
            ("nobody", TCP, codes.REFUSED),
            ("anyone", FAR, 0),
        ],
    )
    def test_who_may(self, who: str, source: Source, rcode: int) -> None:
        server = responder(transfer=who, update=who)
        assert self.whole(server, query("example.test", codes.AXFR), source)[0].rcode == rcode
        change = emit(update(from_text("example.test"), "add new.example.test 60 A 192.0.2.1"))
        assert said(server, change, source).rcode == rcode
        serial = query("example.test", codes.IXFR)
        assert said(server, serial, Source(source.address, datagram=True)).rcode == rcode

    def test_only_the_zone_itself(self) -> None:
        assert self.whole(responder(), query("www.example.test", codes.AXFR))[0].rcode == codes.NOTAUTH
        assert self.whole(responder(), query("example.test", codes.AXFR, rdclass=codes.CH))[0].rcode == codes.NOTAUTH

    def test_who_has_the_serial_already_gets_it_alone(self) -> None:
        soa = Record(from_text("example.test"), codes.SOA, codes.IN, 0, b"\0\0" + (7).to_bytes(4) + bytes(16))
        (message,) = self.whole(responder(), query("example.test", codes.IXFR, authority=(soa,)))
        assert [record.rdtype for record in message.answers] == [codes.SOA]
        datagram = said(responder(), query("example.test", codes.IXFR, authority=(soa,)))
        assert [record.rdtype for record in datagram.answers] == [codes.SOA]
