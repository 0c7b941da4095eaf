"""Registrations in words: whatever is in them, an answer is lines of names and values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.registrations.example import EXAMPLE
from netloom.protocols.whois.text import lines_of
from netloom.wire import whois

inner = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=5), deeper, max_size=3),
    max_leaves=8,
)
NAMES = (
    "handle", "ldhName", "nameservers", "secureDNS", "ipAddresses", "startAddress", "startAutnum", "endAutnum", "roles",
    "entities", "events", "status", "port43", "vcardArray", "country", "name", "unicodeName",
)  # fmt: skip


def test_the_example() -> None:
    for one in EXAMPLE:
        lines = lines_of(one)
        assert all(line == "" or ":" in line for line in lines)
    assert "dnssec:         unsigned" in lines_of(EXAMPLE[0])
    assert lines_of(EXAMPLE[0]).count("role:           registrant") == 1


def test_referrals_by_kind() -> None:
    domain = lines_of({"objectClassName": "domain", "ldhName": "x.test", "port43": "whois.x.test"})
    assert "whois:          whois.x.test" in domain
    network = lines_of({"objectClassName": "ip network", "port43": "whois.x.test"})
    assert whois.referrals("\n".join(network)) == [whois.Referral("whois.x.test")]


def test_holders_of_holders_end() -> None:
    one: dict[str, object] = {"objectClassName": "entity", "handle": "X"}
    one["entities"] = [one, one]
    assert len(lines_of(one)) < 60


@given(
    st.sampled_from(["domain", "nameserver", "ip network", "autnum", "entity", "dog"]),
    st.dictionaries(st.sampled_from(NAMES), inner),
)
def test_objects_of_any_kind(kind: str, members: dict[str, object]) -> None:
    data = whois.emit_answer(lines_of({**members, "objectClassName": kind}))
    assert data.count(b"\n") == data.count(b"\r\n")
