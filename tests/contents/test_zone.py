from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.update
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.zone import CONTENT, Answer, Zone
from netloom.contents.zone.tree import key_of
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

NOERROR, NXDOMAIN, REFUSED = dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED

# RFC 4592 §2.2.1's example, and the cases around it.
WILD = """\
$ORIGIN example.
$TTL 3600
example.                 SOA ns.example.com. h.example. 1 2 3 4 5
example.                 NS ns.example.com.
*.example.               TXT "this is a wildcard"
*.example.               MX 10 host1.example.
sub.*.example.           TXT "this is not a wildcard"
host1.example.           A 192.0.2.1
_ssh._tcp.host1.example. SRV 0 0 22 host1
_ssh._tcp.host2.example. SRV 0 0 22 host1
subdel.example.          NS ns.example.com.
"""


def text(sets: Any) -> list[str]:
    return [line for found in sets for line in found.to_text().split("\n")]


def ask(zone: Zone, name: str, rdtype: str = "A") -> Answer:
    return zone.lookup(name, rdtype)


@pytest.fixture
def zone() -> Zone:
    return Zone()


class TestLookup:
    def test_positive(self, zone: Zone) -> None:
        answer = ask(zone, "www.example.test.", "AAAA")
        assert text(answer.answer) == ["www.example.test. 300 IN AAAA 2001:db8::80"]
        assert (answer.rcode, answer.aa, answer.authority, answer.outside) == (NOERROR, True, (), None)

    def test_names_have_no_case(self, zone: Zone) -> None:
        answer = ask(zone, "WwW.eXample.TEST.")
        assert [found[0].to_text() for found in answer.answer] == ["192.0.2.80"]

    @pytest.mark.parametrize(
        ("name", "rdtype"),
        [
            ("example.test.", "SOA"), ("example.test.", "NS"), ("example.test.", "MX"), ("example.test.", "TXT"),
            ("example.test.", "CAA"), ("_http._tcp.example.test.", "SRV"), ("www.example.test.", "HTTPS"),
            ("alias.example.test.", "CNAME"), ("x.wild.example.test.", "A"),
        ],
    )  # fmt: skip
    def test_the_example_has_one_of_each(self, zone: Zone, name: str, rdtype: str) -> None:
        answer = ask(zone, name, rdtype)
        assert answer.answer[0].rdtype == dns.rdatatype.from_text(rdtype)

    def test_nodata(self, zone: Zone) -> None:
        answer = ask(zone, "ns2.example.test.", "AAAA")
        assert (answer.rcode, answer.answer, answer.aa) == (NOERROR, (), True)
        assert [(soa.rdtype, soa.ttl) for soa in answer.authority] == [(dns.rdatatype.SOA, 60)]

    def test_nxdomain(self, zone: Zone) -> None:
        answer = ask(zone, "none.example.test.")
        assert (answer.rcode, answer.answer, answer.aa) == (NXDOMAIN, (), True)
        assert [(soa.rdtype, soa.ttl) for soa in answer.authority] == [(dns.rdatatype.SOA, 60)]

    def test_an_empty_non_terminal_exists(self, zone: Zone) -> None:
        assert ask(zone, "_tcp.example.test.").rcode == NOERROR
        assert ask(zone, "wild.example.test.").rcode == NOERROR

    @pytest.mark.parametrize("name", ["example.org.", "test.", ".", "notexample.test.", "example.test.org."])
    def test_other_names_are_refused(self, zone: Zone, name: str) -> None:
        answer = ask(zone, name)
        assert answer == Answer(rcode=REFUSED, aa=False)

    def test_any(self, zone: Zone) -> None:
        assert {found.rdtype for found in ask(zone, "www.example.test.", "ANY").answer} == {
            dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.HTTPS,
        }  # fmt: skip
        assert text(ask(zone, "alias.example.test.", "ANY").answer) == [
            "alias.example.test. 300 IN CNAME www.example.test."
        ]

    def test_additional_addresses(self, zone: Zone) -> None:
        assert text(ask(zone, "example.test.", "MX").additional) == [
            "mail.example.test. 300 IN A 192.0.2.25",
            "mail.example.test. 300 IN AAAA 2001:db8::25",
            "mail2.example.test. 300 IN A 192.0.2.26",
        ]

    def test_answers_are_remembered_within_bounds(self, zone: Zone) -> None:
        assert ask(zone, "www.example.test.") is ask(zone, "WWW.example.test.")
        for number in range(10_000):
            ask(zone, f"{number}.wild.example.test.")
        assert len(zone._cache) <= 4096

    @given(st.lists(st.binary(min_size=1, max_size=10), max_size=8), st.integers(0, 65535))
    def test_any_question(self, labels: list[bytes], rdtype: int) -> None:
        zone = Zone(WILD)
        for suffix in ([b""], [b"example", b""]):
            answer = zone.lookup(dns.name.Name([*labels, *suffix]), dns.rdatatype.RdataType.make(rdtype))
            assert answer.rcode in (NOERROR, NXDOMAIN, REFUSED)
            assert (answer.rcode == NXDOMAIN) <= bool(answer.authority)


class TestAliases:
    def test_followed(self, zone: Zone) -> None:
        answer = ask(zone, "alias.example.test.")
        assert text(answer.answer) == [
            "alias.example.test. 300 IN CNAME www.example.test.",
            "www.example.test. 300 IN A 192.0.2.80",
        ]

    def test_out_of_the_zone(self, zone: Zone) -> None:
        answer = ask(zone, "elsewhere.example.test.")
        assert text(answer.answer) == ["elsewhere.example.test. 300 IN CNAME www.example.net."]
        assert answer.outside == dns.name.from_text("www.example.net.")
        assert (answer.rcode, answer.aa, answer.authority) == (NOERROR, True, ())

    def zone(self, records: str) -> Zone:
        return Zone(f"$ORIGIN e.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n{records}")

    def test_to_nothing(self) -> None:
        zone = self.zone("a CNAME b\nc CNAME ns\n")
        assert ask(zone, "a.e.").rcode == NXDOMAIN
        assert text(ask(zone, "a.e.").answer) == ["a.e. 60 IN CNAME b.e."]
        nodata = ask(zone, "c.e.", "AAAA")
        assert (nodata.rcode, len(nodata.answer), len(nodata.authority)) == (NOERROR, 1, 1)

    def test_in_a_circle(self) -> None:
        zone = self.zone("a CNAME b\nb CNAME c\nc CNAME a\nself CNAME self\n")
        assert len(ask(zone, "a.e.").answer) == 3
        assert len(ask(zone, "self.e.").answer) == 1

    def test_a_long_chain_ends(self) -> None:
        zone = self.zone("".join(f"n{number} CNAME n{number + 1}\n" for number in range(100)))
        assert len(ask(zone, "n0.e.").answer) == 16

    def test_by_a_wildcard(self) -> None:
        answer = ask(self.zone("*.w CNAME ns\n"), "x.w.e.")
        assert text(answer.answer) == ["x.w.e. 60 IN CNAME ns.e.", "ns.e. 60 IN A 192.0.2.1"]

    def test_dname(self) -> None:
        zone = self.zone("old DNAME new\nx.new A 192.0.2.7\nfar DNAME example.net.\n")
        assert text(ask(zone, "x.old.e.").answer) == [
            "old.e. 60 IN DNAME new.e.", "x.old.e. 60 IN CNAME x.new.e.", "x.new.e. 60 IN A 192.0.2.7",
        ]  # fmt: skip
        assert ask(zone, "a.b.far.e.").outside == dns.name.from_text("a.b.example.net.")
        assert ask(zone, "old.e.").answer == ()
        long = ".".join(["x" * 60] * 4)
        assert ask(zone, f"{long}.far.e.").rcode == dns.rcode.YXDOMAIN


class TestDelegation:
    def test_referral(self, zone: Zone) -> None:
        for name in ("delegated.example.test.", "a.b.delegated.example.test.", "ns.delegated.example.test."):
            answer = ask(zone, name)
            assert (answer.rcode, answer.aa, answer.answer) == (NOERROR, False, ())
            assert text(answer.authority) == ["delegated.example.test. 300 IN NS ns.delegated.example.test."]
            assert text(answer.additional) == ["ns.delegated.example.test. 300 IN A 192.0.2.99"]

    def test_the_parent_answers_for_ds(self, zone: Zone) -> None:
        answer = ask(zone, "delegated.example.test.", "DS")
        assert (answer.rcode, answer.aa, len(answer.authority)) == (NOERROR, True, 1)
        assert not ask(zone, "x.delegated.example.test.", "DS").aa

    def test_after_an_alias(self) -> None:
        zone = Zone("$ORIGIN e.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\na CNAME x.sub\nsub NS ns\n")
        answer = ask(zone, "a.e.")
        assert (answer.aa, len(answer.answer), text(answer.authority)) == (True, 1, ["sub.e. 60 IN NS ns.e."])


class TestWildcards:
    """RFC 4592 §2.2.1, sentence by sentence."""

    @pytest.mark.parametrize(
        ("name", "rdtype", "expected"),
        [
            ("host3.example.", "MX", "host3.example. 3600 IN MX 10 host1.example."),
            ("foo.bar.example.", "TXT", 'foo.bar.example. 3600 IN TXT "this is a wildcard"'),
            ("*.example.", "MX", "*.example. 3600 IN MX 10 host1.example."),
        ],
    )
    def test_synthesised(self, name: str, rdtype: str, expected: str) -> None:
        answer = ask(Zone(WILD), name, rdtype)
        assert text(answer.answer) == [expected]

    def test_without_data(self) -> None:
        answer = ask(Zone(WILD), "host3.example.", "A")
        assert (answer.rcode, answer.answer, len(answer.authority)) == (NOERROR, (), 1)

    @pytest.mark.parametrize(
        ("name", "rdtype", "rcode"),
        [
            ("host1.example.", "MX", NOERROR),  # it exists
            ("sub.*.example.", "MX", NOERROR),  # it exists
            ("_telnet._tcp.host1.example.", "SRV", NXDOMAIN),  # its closest encloser exists, without a wildcard
            ("ghost.*.example.", "MX", NXDOMAIN),  # below the wildcard's own name
            ("host2.example.", "A", NOERROR),  # an empty non-terminal
        ],
    )
    def test_not_synthesised(self, name: str, rdtype: str, rcode: int) -> None:
        answer = ask(Zone(WILD), name, rdtype)
        assert (answer.rcode, answer.answer, answer.aa) == (rcode, (), True)

    def test_not_below_a_delegation(self) -> None:
        assert not ask(Zone(WILD), "host.subdel.example.").aa


class TestTransfer:
    def test_is_the_zone(self, zone: Zone) -> None:
        sets = list(zone.transfer())
        assert sets[0] == sets[-1]
        assert sets[0].rdtype == dns.rdatatype.SOA
        again = Zone("\n".join(found.to_text() for found in sets[:-1]), origin="example.test.")
        assert [found.to_text() for found in again.transfer()] == [found.to_text() for found in sets]


class TestArgument:
    def test_default(self) -> None:
        zone = CONTENT.from_argument("")
        assert zone.describe() == "zone example.test"
        assert zone.forward == ()
        assert CONTENT.from_argument("forward=dns://9.9.9.9").forward == ("dns://9.9.9.9",)

    def test_file(self, tmp_path: Path) -> None:
        (tmp_path / "z").write_text(WILD)
        zone = CONTENT.from_argument(f"{tmp_path}/z,forward=dns://9.9.9.9,forward=dot://1.1.1.1")
        assert zone.describe() == "zone example, others from dns://9.9.9.9, dot://1.1.1.1"
        assert zone.serial == 1

    def test_origin(self, tmp_path: Path) -> None:
        (tmp_path / "z").write_text("@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\n")
        with pytest.raises(UsageError) as caught:
            CONTENT.from_argument(f"{tmp_path}/z")
        assert "origin=" in caught.value.hint
        assert CONTENT.from_argument(f"{tmp_path}/z,origin=example.org").describe() == "zone example.org"

    @pytest.mark.parametrize(
        "content",
        [
            "nonsense here\n",
            "$ORIGIN e.\nwww 60 A 192.0.2.1\n",
            "$ORIGIN e.\n@ 60 SOA x\n",
            "\0",
            "$ORIGIN e.\n@ 60 NS a\n",
        ],
    )
    def test_bad_files(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "z").write_text(content)
        with pytest.raises(UsageError, match="/z"):
            CONTENT.from_argument(f"{tmp_path}/z")

    def test_mistakes(self, tmp_path: Path) -> None:
        (tmp_path / "latin").write_bytes(b'$ORIGIN e.\n@ 60 TXT "\xe9"\n')
        for argument in (f"{tmp_path}/none", f"{tmp_path}", f"{tmp_path}/latin", "origin=x", "colour=1"):
            with pytest.raises(UsageError):
                CONTENT.from_argument(argument)


def wire(update: dns.update.UpdateMessage) -> dns.update.UpdateMessage:
    parsed = dns.message.from_wire(update.to_wire())
    assert isinstance(parsed, dns.update.UpdateMessage)
    return parsed


def build(origin: str = "example.test.") -> dns.update.UpdateMessage:
    return dns.update.UpdateMessage(origin)


class TestUpdate:
    def test_add_replace_delete(self, zone: Zone) -> None:
        update = build()
        update.add("new", 30, "A", "192.0.2.5")
        update.replace("www", 30, "A", "192.0.2.6")
        update.delete("mail", "AAAA")
        update.delete("mail2")
        update.delete("example.test.", "MX", "20 mail2")
        before = list(zone.transfer())
        assert zone.apply_update(wire(update)) == NOERROR
        assert text(ask(zone, "new.example.test.").answer) == ["new.example.test. 30 IN A 192.0.2.5"]
        assert text(ask(zone, "www.example.test.").answer) == ["www.example.test. 30 IN A 192.0.2.6"]
        assert ask(zone, "mail.example.test.", "AAAA").answer == ()
        assert ask(zone, "mail2.example.test.").rcode == NXDOMAIN
        assert len(ask(zone, "example.test.", "MX").answer[0]) == 1
        assert zone.serial == 2
        assert before != list(zone.transfer())

    def test_non_terminals_come_and_go(self, zone: Zone) -> None:
        update = build()
        update.add("a.b.c", 30, "A", "192.0.2.5")
        zone.apply_update(wire(update))
        assert ask(zone, "b.c.example.test.").rcode == NOERROR
        update = build()
        update.delete("a.b.c")
        zone.apply_update(wire(update))
        assert ask(zone, "c.example.test.").rcode == NXDOMAIN
        assert zone.serial == 3

    def test_nothing_to_do_leaves_the_serial(self, zone: Zone) -> None:
        update = build()
        update.delete("none")
        update.add("www", 300, "A", "192.0.2.80")
        assert zone.apply_update(wire(update)) == NOERROR
        assert zone.serial == 1

    def test_the_apex_keeps_its_soa_and_a_name_server(self, zone: Zone) -> None:
        update = build()
        update.delete("example.test.")
        update.delete("example.test.", "NS")
        update.delete("example.test.", "SOA")
        update.delete("example.test.", "NS", "ns1")
        update.delete("example.test.", "NS", "ns2")
        assert zone.apply_update(wire(update)) == NOERROR
        assert {found.rdtype for found in ask(zone, "example.test.", "ANY").answer} == {
            dns.rdatatype.SOA,
            dns.rdatatype.NS,
        }
        assert len(ask(zone, "example.test.", "NS").answer[0]) == 1

    def test_an_alias_stands_alone(self, zone: Zone) -> None:
        update = build()
        update.add("www", 30, "CNAME", "mail")
        update.add("alias", 30, "A", "192.0.2.5")
        update.add("alias", 30, "CNAME", "mail")
        zone.apply_update(wire(update))
        assert ask(zone, "www.example.test.", "CNAME").answer == ()
        assert text(ask(zone, "alias.example.test.", "ANY").answer) == [
            "alias.example.test. 30 IN CNAME mail.example.test."
        ]

    @pytest.mark.parametrize(("serial", "after"), [(5, 5), (1, 1), (0, 1), (2**31, 2**31), (2**31 + 2, 1)])
    def test_the_serial_only_grows(self, zone: Zone, serial: int, after: int) -> None:
        update = build()
        update.add("example.test.", 300, "SOA", f"ns1 hostmaster {serial} 1 2 3 4")
        zone.apply_update(wire(update))
        assert zone.serial == after

    @pytest.mark.parametrize(
        ("prerequisite", "rcode"),
        [
            (("present", "www"), "NOERROR"), (("present", "none"), "NXDOMAIN"), (("present", "www", "A"), "NOERROR"),
            (("present", "www", "MX"), "NXRRSET"), (("absent", "none"), "NOERROR"), (("absent", "www"), "YXDOMAIN"),
            (("absent", "www", "MX"), "NOERROR"), (("absent", "www", "A"), "YXRRSET"),
            (("present", "www", "A", "192.0.2.80"), "NOERROR"), (("present", "www", "A", "192.0.2.81"), "NXRRSET"),
            (("present", "ns2", "AAAA", "::1"), "NXRRSET"), (("present", "x.example.org."), "NOTZONE"),
        ],
    )  # fmt: skip
    def test_prerequisites(self, zone: Zone, prerequisite: tuple[str, ...], rcode: str) -> None:
        update = build()
        getattr(update, prerequisite[0])(*prerequisite[1:])
        update.add("new", 30, "A", "192.0.2.5")
        assert dns.rcode.to_text(zone.apply_update(wire(update))) == rcode
        assert (ask(zone, "new.example.test.").rcode == NOERROR) is (rcode == "NOERROR")

    def test_all_of_a_set_must_be_there(self, zone: Zone) -> None:
        update = build()
        update.present("example.test.", "NS", "ns1")
        assert zone.apply_update(wire(update)) == dns.rcode.NXRRSET
        update.present("example.test.", "NS", "ns2")
        assert zone.apply_update(wire(update)) == NOERROR

    def test_what_is_refused(self, zone: Zone) -> None:
        assert zone.apply_update(wire(build("example.org."))) == dns.rcode.NOTAUTH
        outside = build()
        outside.add("www", 30, "A", "192.0.2.5")
        outside.add("x.example.org.", 30, "A", "192.0.2.5")
        assert zone.apply_update(wire(outside)) == dns.rcode.NOTZONE
        assert len(ask(zone, "www.example.test.").answer[0]) == 1

    def test_the_zone_has_a_limit(self) -> None:
        zone = Zone(WILD, records=12)
        for number, rcode in enumerate([NOERROR, NOERROR, NOERROR, REFUSED]):
            update = build("example.")
            update.add(f"n{number}", 30, "A", "192.0.2.5")
            assert zone.apply_update(wire(update)) == rcode
        assert zone.serial == 4


def test_keys_have_no_case() -> None:
    assert key_of(dns.name.from_text("A.b.")) == (b"a", b"b", b"")
