"""DNS meets others: our client and Knot and BIND; our server and dig, kdig, nsupdate, curl and dnspython."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.resolver
import dns.tsig
import dns.tsigkeyring
import dns.update
import dns.zone
import pytest

from netloom.accounts import Accounts
from netloom.contents.zone import Zone
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from tests.interop.dns_peers import AUTHORITY, KEY, MANY, SECRET, ZONE, Place, bind, knot
from tests.interop.peers import need
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop


# Our client


@pytest.fixture(scope="module")
def knotd() -> Iterator[Place]:
    with knot() as place:
        yield place


@pytest.fixture(scope="module")
def named() -> Iterator[Place]:
    with bind() as place:
        yield place


@pytest.fixture(
    params=[
        pytest.param("knotd", marks=pytest.mark.meets(server="Knot")),
        pytest.param("named", marks=pytest.mark.meets(server="BIND")),
    ]
)
def server(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(request.param)
    return place


def at(place: Place, name: str, user: str = "") -> str:
    return f"dns://{user}127.0.0.1:{place.port}/{name}"


SIGNED = f"{KEY}:{SECRET}@"


class TestClient:
    async def test_a_probe(self, server: Place) -> None:
        found = await record(None, "probe", at(server, "www.example.test?type=AAAA#nsid"))
        assert found.status is Status.SUCCESS
        assert found.summary == "NOERROR · 1 answer · 2001:db8::80 · ttl 300"
        facts = found.facts
        assert facts["flags"] == ["aa", "rd"]
        assert facts["answers"] == [{"name": "www.example.test.", "type": "AAAA", "ttl": 300, "data": "2001:db8::80"}]
        assert (facts["min_ttl"], facts["transport"], facts["edns"]) == (300, "udp", 1232)
        assert facts["server"] in ("knot-loom", "bind-loom")

    async def test_the_records_are_what_the_zone_says(self, server: Place) -> None:
        """Every type that the zone has, by our client and by dnspython, which asks the same server."""
        zone = dns.zone.from_text(ZONE, relativize=False)
        for name, node in zone.nodes.items():
            for rdataset in node.rdatasets:
                if str(name).startswith("*"):
                    continue
                rdtype = dns.rdatatype.to_text(rdataset.rdtype)
                found = await record(None, "get", at(server, f"{name}?type={rdtype}"))
                ours = sorted(answer["data"] for answer in found.value["answers"])
                query = dns.message.make_query(name, rdataset.rdtype)
                reply = await asyncio.to_thread(dns.query.tcp, query, "127.0.0.1", 20, server.port)
                theirs = sorted(each.to_text() for rrset in reply.answer for each in rrset)
                assert ours == theirs
                assert len(ours) == len(rdataset) or rdtype == "SOA"

    async def test_an_alias_and_a_wildcard(self, server: Place) -> None:
        alias = await record(None, "get", at(server, "alias.example.test"))
        assert {answer["type"] for answer in alias.value["answers"]} == {"CNAME", "A"}
        wild = await record(None, "get", at(server, "x.y.wild.example.test?type=TXT"))
        assert wild.value["answers"][0]["strings"] == ["any name"]
        assert wild.value["answers"][0]["name"] == "x.y.wild.example.test."

    async def test_what_is_not_there(self, server: Place) -> None:
        found = await record(None, "probe", at(server, "nope.example.test"))
        assert found.status is Status.REFUSED_BY_PEER
        assert found.facts["rcode"] == "NXDOMAIN"
        assert found.facts["authority"] >= 1
        other = await record(None, "get", at(server, "example.org"))
        assert other.status is Status.REFUSED_BY_PEER
        assert "REFUSED" in other.message

    async def test_no_name_at_all_finds_a_name_server(self, server: Place) -> None:
        found = await record(None, "probe", f"dns://127.0.0.1:{server.port}")
        assert found.status is Status.SUCCESS
        assert found.facts["rcode"] == "REFUSED"

    async def test_a_large_answer_comes_over_tcp(self, server: Place) -> None:
        found = await record(None, "probe", at(server, "many.example.test"))
        assert found.status is Status.SUCCESS
        assert (found.facts["transport"], found.facts["truncated"]) == ("tcp", True)
        assert len(found.facts["answers"]) == MANY
        assert len({answer["data"] for answer in found.facts["answers"]}) == MANY

    @pytest.mark.parametrize(
        "options",
        ["edns=0", "transport=tcp", "cookie=no,mix_case=no", "edns=4096,dnssec,cd,rd=no", "subnet=192.0.2.0/24"],
    )
    async def test_however_it_is_asked(self, server: Place, options: str) -> None:
        found = await record(None, "probe", at(server, f"www.example.test#{options}"))
        assert found.status is Status.SUCCESS
        assert {answer["data"] for answer in found.facts["answers"] if answer["type"] == "A"} == {
            "192.0.2.80",
            "192.0.2.81",
        }

    async def test_signatures_come_where_they_are_asked_for(self, knotd: Place) -> None:
        plain = await record(None, "get", at(knotd, "www.example.test"))
        assert {answer["type"] for answer in plain.value["answers"]} == {"A"}
        signed = await record(None, "get", at(knotd, "www.example.test#dnssec"))
        assert {answer["type"] for answer in signed.value["answers"]} == {"A", "RRSIG"}
        keys = await record(None, "get", at(knotd, "example.test?type=DNSKEY,CDS,NSEC#dnssec,transport=tcp"))
        assert {"DNSKEY", "RRSIG"} <= {answer["type"] for answer in keys.value["answers"]}

    async def test_a_transfer(self, server: Place) -> None:
        found: list[Any] = await records(None, "list", at(server, "example.test", SIGNED))
        assert found[-1].status is Status.SUCCESS
        entries = [each.entry for each in found[:-1]]
        assert sum(entry.name == "many.example.test." for entry in entries if entry.kind == "A") == MANY
        assert sum(entry.kind == "SOA" for entry in entries) == 1
        assert {"SSHFP", "NAPTR", "LOC", "URI", "TLSA", "TYPE65400", "HTTPS"} <= {entry.kind for entry in entries}

    async def test_bind_transfers_to_none_without_the_key(self, named: Place) -> None:
        found = await record(None, "list", at(named, "example.test"))
        assert found.status is Status.REFUSED_BY_PEER
        assert "REFUSED" in found.message

    async def test_an_update_and_what_it_changes(self, server: Place, tmp_path: Path) -> None:
        async def put(*lines: str) -> Any:
            file = tmp_path / "update"
            file.write_text("\n".join(lines))
            return await record(None, "put", at(server, "example.test", SIGNED), source=str(file))

        before = await record(None, "get", at(server, "example.test?type=SOA"))
        serial = before.value["answers"][0]["serial"]
        done = await put(
            "prereq nxdomain new.example.test",
            'add new.example.test 60 TXT "fresh"',
            "add new.example.test 60 A 192.0.2.9",
        )
        assert done.status is Status.SUCCESS, done
        there = await record(None, "get", at(server, "new.example.test?type=TXT,A"))
        assert {answer["data"] for answer in there.value["answers"]} == {'"fresh"', "192.0.2.9"}
        again = await put("prereq nxdomain new.example.test", "add new.example.test 60 A 192.0.2.10")
        assert "YXDOMAIN" in again.message
        changes: list[Any] = await records(None, "list", at(server, f"example.test?type=IXFR&serial={serial}", SIGNED))
        assert changes[-1].status is Status.SUCCESS
        added = {each.entry.name for each in changes[:-1] if each.entry.value.get("change", "add") == "add"}
        assert "new.example.test." in added
        gone = await put("delete new.example.test")
        assert gone.status is Status.SUCCESS
        missing = await record(None, "get", at(server, "new.example.test"))
        assert "NXDOMAIN" in missing.message

    async def test_a_wrong_key_is_refused(self, server: Place) -> None:
        for user, code in ((f"{KEY}:d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=@", "BADSIG"), (f"stranger:{SECRET}@", "BADKEY")):
            found = await record(None, "get", at(server, "www.example.test", user))
            assert found.status is Status.UNAUTHENTICATED
            assert code in found.message

    @pytest.mark.parametrize("scheme", ["dot", "doh"])
    async def test_encrypted(self, named: Place, scheme: str) -> None:
        port = named.tls if scheme == "dot" else named.https
        url = f"{scheme}://127.0.0.1:{port}/www.example.test?type=A,AAAA,HTTPS"
        found = await record(None, "probe", f"{url}#ca={named.ca}")
        assert found.status is Status.SUCCESS, found
        assert found.tls.verified
        assert {answer["data"] for answer in found.facts["answers"]} == {
            "192.0.2.80", "192.0.2.81", "2001:db8::80", '1 . alpn="h2,http/1.1"',
        }  # fmt: skip
        assert found.facts["transport"] == ("tls" if scheme == "dot" else "https")
        distrusted = await record(None, "probe", url)
        assert distrusted.status is Status.TLS_ERROR

    async def test_doh_by_get(self, named: Place) -> None:
        url = f"doh://127.0.0.1:{named.https}/www.example.test#method=GET,ca={named.ca}"
        assert (await record(None, "probe", url)).status is Status.SUCCESS

    async def test_a_wrong_path_of_doh(self, named: Place) -> None:
        found = await record(None, "probe", f"doh://127.0.0.1:{named.https}/www.example.test#doh_path=/x,ca={named.ca}")
        assert found.status is Status.REFUSED_BY_PEER
        assert "404" in found.message
        assert "doh_path" in found.hint


# Our server


class Ours:
    """Our server in this process, for foreign programs."""

    def __init__(self, serving: Serving, zone: Zone, ca: str) -> None:
        self.zone = zone
        self.ca = ca
        self.dns, self.dot, self.doh = [str(endpoint.port) for endpoint in serving.endpoints]


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Ours]:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(AUTHORITY.certificate_pem)
    zone = Zone(ZONE)
    endpoints = [Endpoint.parse(f"{scheme}://127.0.0.1:0") for scheme in ("dns", "dot", "doh")]
    async with Serving(endpoints, [zone], Accounts.from_texts([f"{KEY}:{SECRET}"]), authority=AUTHORITY) as serving:
        yield Ours(serving, zone, str(ca))


async def said(program: str, package: str, *arguments: str, text: str = "") -> str:
    """What a program prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        need(program, package), *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(30):
        out, _ = await process.communicate(text.encode())
    assert process.returncode == 0, out.decode()
    return out.decode()


async def dig(port: str, *arguments: str) -> str:
    return await said("dig", "bind9-dnsutils", "@127.0.0.1", "-p", port, "+tries=1", "+time=10", *arguments)


async def kdig(port: str, *arguments: str) -> str:
    return await said("kdig", "knot-dnsutils", "@127.0.0.1", "-p", port, "+retry=0", "+time=10", *arguments)


class TestServer:
    @pytest.mark.meets(client="dig")
    async def test_dig(self, ours: Ours) -> None:
        text = await dig(ours.dns, "www.example.test", "A")
        assert "status: NOERROR" in text
        assert "flags: qr aa rd" in text
        assert "192.0.2.80" in text
        assert "192.0.2.81" in text
        assert "(good)" in text  # our cookie
        assert "Warning" not in text
        assert "status: NXDOMAIN" in await dig(ours.dns, "nope.example.test")
        assert "status: REFUSED" in await dig(ours.dns, "example.org")

    @pytest.mark.parametrize(
        "options",
        [
            ["+tcp"],
            ["+noedns"],
            ["+dnssec"],
            ["+bufsize=512"],
            ["+nsid"],
            ["+subnet=192.0.2.0/24"],
            ["+ednsopt=65001:ff"],
        ],
    )
    async def test_dig_however_it_asks(self, ours: Ours, options: list[str]) -> None:
        text = await dig(ours.dns, "example.test", "MX", *options)
        assert "status: NOERROR" in text
        assert "mail2.example.test." in text.lower()

    async def test_dig_follows_a_truncated_answer_to_tcp(self, ours: Ours) -> None:
        text = await dig(ours.dns, "many.example.test")
        assert "Truncated, retrying in TCP mode" in text
        assert text.count("198.51.") == MANY
        cut = await dig(ours.dns, "many.example.test", "+ignore")
        assert "flags: qr aa tc rd" in cut

    async def test_another_version_of_edns(self, ours: Ours) -> None:
        assert "status: BADVERS" in await dig(ours.dns, "www.example.test", "+edns=1", "+noednsnegotiation")

    @pytest.mark.meets(client="dig")
    async def test_dig_takes_the_zone(self, ours: Ours) -> None:
        text = await dig(ours.dns, "example.test", "AXFR")
        assert text.count("198.51.") == MANY
        assert text.count("SOA") == 2
        assert "TYPE65400" in text
        signed = await dig(ours.dns, "-y", f"hmac-sha256:{KEY}:{SECRET}", "example.test", "AXFR")
        assert "TSIG" in signed
        assert signed.count("198.51.") == MANY
        assert "WARNING" not in signed
        assert "Transfer failed" not in signed

    async def test_dig_over_tls_and_https(self, ours: Ours) -> None:
        for port, way in ((ours.dot, "+tls"), (ours.doh, "+https"), (ours.doh, "+https-get")):
            assert "192.0.2.80" in await dig(port, way, "www.example.test")

    @pytest.mark.meets(client="kdig")
    @pytest.mark.parametrize("way", [[], ["+tcp"], ["+edns", "+dnssec"], ["+cookie"]])
    async def test_kdig(self, ours: Ours, way: list[str]) -> None:
        text = await kdig(ours.dns, *way, "www.example.test", "A", "www.example.test", "HTTPS")
        assert text.count("status: NOERROR") == 2
        assert "192.0.2.80" in text
        assert "WARNING" not in text

    async def test_kdig_over_tls_checks_our_certificate_and_padding(self, ours: Ours) -> None:
        text = await kdig(
            ours.dot, "+tls", f"+tls-ca={ours.ca}", "+tls-hostname=localhost", "+padding", "www.example.test"
        )
        assert "192.0.2.80" in text
        assert "Received 468 B" in text

    @pytest.mark.parametrize("way", ["+https", "+https-get"])
    async def test_kdig_over_https(self, ours: Ours, way: str) -> None:
        text = await kdig(ours.doh, way, f"+tls-ca={ours.ca}", "+tls-hostname=localhost", "many.example.test")
        assert text.count("198.51.") == MANY

    @pytest.mark.meets(client="curl")
    async def test_curl_over_https(self, ours: Ours) -> None:
        query = dns.message.make_query("www.example.test", "A")
        query.id = 0
        text = base64.urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode()
        for version in ("--http1.1", "--http2"):
            head = await said(
                "curl", "curl", version, "-sS", "--cacert", ours.ca, "-o", "/dev/null", "-D", "-",
                f"https://127.0.0.1:{ours.doh}/dns-query?dns={text}",
            )  # fmt: skip
            assert "application/dns-message" in head
            assert "max-age=300" in head

    @pytest.mark.meets(client="nsupdate")
    async def test_nsupdate(self, ours: Ours) -> None:
        lines = f"server 127.0.0.1 {ours.dns}\nzone example.test\nupdate add new.example.test 60 A 192.0.2.9\nsend\n"
        await said("nsupdate", "bind9-dnsutils", text=lines)
        assert ours.zone.lookup("new.example.test.", "A").answer
        keyed = lines.replace("zone", f"key hmac-sha256:{KEY} {SECRET}\nzone").replace(
            "update add new", "update delete new"
        )
        await said("nsupdate", "bind9-dnsutils", text=keyed)
        assert not ours.zone.lookup("new.example.test.", "A").answer
        assert ours.zone.serial == 2026112003

    @pytest.mark.meets(client="dnspython")
    async def test_dnspythons_resolver(self, ours: Ours) -> None:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = int(ours.dns)
        answer = await asyncio.to_thread(resolver.resolve, "alias.example.test", "A")
        assert sorted(each.to_text() for each in answer) == ["192.0.2.80", "192.0.2.81"]
        many = await asyncio.to_thread(resolver.resolve, "many.example.test", "A")
        assert len(many) == MANY
        with pytest.raises(dns.resolver.NXDOMAIN):
            await asyncio.to_thread(resolver.resolve, "nope.example.test", "A")
        with pytest.raises(dns.resolver.NoAnswer):
            await asyncio.to_thread(resolver.resolve, "www.example.test", "MX")

    async def test_dnspython_takes_the_zone_whole_and_signed(self, ours: Ours) -> None:
        ring = dns.tsigkeyring.from_text({KEY: SECRET})

        def transfer(**fields: Any) -> dns.zone.Zone:
            messages = dns.query.xfr("127.0.0.1", "example.test", port=int(ours.dns), relativize=False, **fields)
            return dns.zone.from_xfr(messages, relativize=False)

        reference = dns.zone.from_text(ZONE, relativize=False)
        for fields in ({}, {"keyring": ring, "keyname": KEY, "keyalgorithm": dns.tsig.HMAC_SHA256}):
            assert await asyncio.to_thread(transfer, **fields) == reference

    async def test_dnspython_over_tls(self, ours: Ours) -> None:
        query = dns.message.make_query("www.example.test", "AAAA")
        reply = await asyncio.to_thread(dns.query.tls, query, "127.0.0.1", 20, int(ours.dot), verify=ours.ca)
        assert "2001:db8::80" in str(reply.answer[0])

    async def test_a_knot_behind_us(self, knotd: Place) -> None:
        """Forwarding: what our zone doesn't have, Knot does."""
        zone = Zone(
            "$ORIGIN other.test.\n@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\n",
            forward=(f"dns://127.0.0.1:{knotd.port}",),
        )
        async with Serving([Endpoint.parse("dns://127.0.0.1:0")], [zone]) as serving:
            text = await dig(str(serving.endpoint.port), "www.example.test")
            assert "192.0.2.80" in text
            assert "flags: qr rd ra" in text
            many = await dig(str(serving.endpoint.port), "many.example.test", "+tcp")
            assert many.count("198.51.") == MANY
            assert "status: NXDOMAIN" in await kdig(str(serving.endpoint.port), "nope.example.test")
