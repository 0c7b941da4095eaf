"""WHOIS's codec: queries, the ways of particular servers, fields, referrals and the many words for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import whois
from netloom.wire.whois import Referral

IANA = """% IANA WHOIS server
% for more information on IANA, visit http://www.iana.org

refer:        whois.verisign-grs.com

domain:       COM

organisation: VeriSign Global Registry Services
nserver:      A.GTLD-SERVERS.NET 192.5.6.30 2001:503:a83e:0:0:0:2:30
whois:        whois.verisign-grs.com

status:       ACTIVE
"""
VERISIGN = """   Domain Name: EXAMPLE.COM
   Registry Domain ID: 2336799_DOMAIN_COM-VRSN
   Registrar WHOIS Server: whois.example.net
   Registrar URL: http://www.example.net
   Registry Expiry Date: 2030-08-13T04:00:00Z
   Name Server: A.EXAMPLE.NET
>>> Last update of whois database: 2024-01-01T00:00:00Z <<<
"""
ARIN = """#
# ARIN WHOIS data and services are subject to the Terms of Use

NetRange:       192.0.2.0 - 192.0.2.255
CIDR:           192.0.2.0/24
NetName:        TEST-NET-1
ReferralServer: rwhois://rwhois.example.net:4321
ReferralServer:  whois://whois.example.org
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (IANA, [Referral("whois.verisign-grs.com")]),
        (VERISIGN, [Referral("whois.example.net")]),
        (ARIN, [Referral("rwhois.example.net", 4321), Referral("whois.example.org")]),
        ("ReferralServer: whois://[2001:db8::1]:4343\n", [Referral("2001:db8::1", 4343)]),
        ("refer: 192.0.2.1\n", [Referral("192.0.2.1")]),
        ("refer: whois.example.net:4343\n", [Referral("whois.example.net", 4343)]),
        ("%referral rwhois://root.example.net:4321/auth-area=.\n", [Referral("root.example.net", 4321)]),
        ("%referral \n", []),
        ("whois: whois.example.org\nReferralServer: whois://whois.example.net/\n",
         [Referral("whois.example.net"), Referral("whois.example.org")]),
        ("Registrar WHOIS Server: https://www.example.net/whois\n", []),
        ("refer: http://example.net\n", []),
        ("refer: user@exa mple\nrefer: a_b\nrefer: x:99999\nrefer: x:0\nrefer: -x\nrefer: [::\n", []),
        ("refer: " + "a" * 300 + "\n", []),
        ("% refer: whois.example.net\n# whois: whois.example.net\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_referrals(text: str, found: list[Referral]) -> None:
    assert whois.referrals(text) == found


def test_fields() -> None:
    found = whois.fields(VERISIGN)
    assert ("domain name", "EXAMPLE.COM") in found
    assert ("registry expiry date", "2030-08-13T04:00:00Z") in found
    assert not any(name.startswith(">>>") for name, _ in found)
    assert whois.fields("a. [Domain Name]   EXAMPLE.JP\n[Name Server] ns1\n") == [
        ("domain name", "EXAMPLE.JP"), ("name server", "ns1")
    ]  # fmt: skip
    assert whois.fields("domain......: example.fi\nno colon here\nNOTICE:\n") == [("domain", "example.fi")]


@pytest.mark.parametrize(
    ("host", "text", "said"),
    [
        ("whois.arin.net", "192.0.2.1", "n + 192.0.2.1"),
        ("WHOIS.ARIN.NET.", "AS64496", "a + 64496"),
        ("whois.arin.net", "n + 192.0.2.1", "n + 192.0.2.1"),
        ("whois.verisign-grs.com", "example.com", "domain example.com"),
        ("whois.denic.de", "example.de", "-T dn,ace example.de"),
        ("whois.jprs.jp", "example.jp", "example.jp/e"),
        ("whois.nic.ad.jp", "AS64496", "AS 64496/e"),
        ("whois.ripe.net", "192.0.2.1", "192.0.2.1"),
        ("whois.denic.de", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_ways_of_asking(host: str, text: str, said: str) -> None:
    assert whois.query_for(host, text) == said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("192.0.2.1", "address"), ("192.0.2.0/24", "address"), ("2001:db8::/32", "address"), ("AS1", "number"),
        ("64496", "number"), ("4294967296", "words"), ("example.com", "name"), ("ANN-TEST", "words"),
        ("a@example.com", "words"), ("x y.z", "words"),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str) -> None:
    assert whois.kind_of(text) == kind


class TestQueries:
    @given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=200))
    def test_there_and_back(self, text: str) -> None:
        if not text.strip():
            with pytest.raises(LocalProtocolError):
                whois.emit_query(text)
            return
        assert whois.parse_query(whois.emit_query(text)) == text.strip()

    @pytest.mark.parametrize("text", ["a\r\nb", "a\n", "a\rb", "a\0", "", "  ", "x" * 1024])
    def test_what_cannot_be_said(self, text: str) -> None:
        with pytest.raises(LocalProtocolError):
            whois.emit_query(text)

    @pytest.mark.parametrize("line", [b"", b"\r\n", b"a\0b\r\n", b"a\rb\r\n", b"a\nb", b"x" * 2000])
    def test_what_cannot_be_asked(self, line: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            whois.parse_query(line)

    def test_line_ends(self) -> None:
        assert whois.parse_query(b"x\n") == whois.parse_query(b"x\r\n") == whois.parse_query(b"x") == "x"
        assert whois.parse_query("bücher".encode("latin-1")) == "bücher"


@pytest.mark.parametrize(
    "text",
    [
        "No match for \"NOPE.COM\".\r\n", "%ERROR:101: no entries found\n", "% No entries found\n", "NOT FOUND\n",
        "Domain not found.\n", "No Data Found\n", "Status: free\n", "Domain Status: No Object Found\n",
        "%% No entries found for the selected source\n", "The queried object does not exist: DOMAIN NOT FOUND\n",
        "nope.test was not found.\n", "# comment\n\nNo match found for 1.2.3.4\n", "",
    ],
)  # fmt: skip
def test_nothing(text: str) -> None:
    assert whois.is_nothing(text)


@pytest.mark.parametrize("text", [IANA, VERISIGN, ARIN, "status: ACTIVE\n", "descr: there is no match for it here\n"])
def test_something(text: str) -> None:
    assert not whois.is_nothing(text)


def test_refusals() -> None:
    found = whois.refusal("% This is the RIPE Database\n%ERROR:201: access denied for 192.0.2.1\n%\n")
    assert found == whois.Refusal(201, "access denied for 192.0.2.1")
    assert whois.refusal("%ERROR:101: no entries found\n") is None
    assert whois.refusal(IANA) is None


def test_texts() -> None:
    assert whois.decode("Müller".encode()) == ("Müller", "utf-8")
    assert whois.decode("Müller".encode("latin-1")) == ("Müller", "latin-1")
    assert whois.emit_answer(["a", "b\r\nc\0d"]) == b"a\r\nb  c d\r\n"


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    whois.fields(text)
    whois.referrals(text)
    whois.refusal(text)
    whois.is_nothing(text)
