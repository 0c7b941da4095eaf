"""RDAP's codec: paths, answers, and which server a bootstrap file names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import rdap
from netloom.wire.rdap import Query

texts = st.text(st.characters(min_codepoint=33, exclude_characters="/\x7f", exclude_categories=["Cs"]), min_size=1)
queries = st.one_of(
    st.builds(Query, st.sampled_from(["domain", "nameserver", "entity", "autnum"]), texts),
    st.builds(Query, st.just("ip"), st.sampled_from(["192.0.2.1", "192.0.2.0/24", "2001:db8::/32"])),
    st.just(Query("help")),
    *[
        st.builds(Query, st.just(kind), texts, st.sampled_from(ways))
        for kind, ways in rdap.SEARCHES.items()
    ],
)  # fmt: skip


@given(queries)
def test_there_and_back(query: Query) -> None:
    assert rdap.parse_query(*rdap.emit_query(query)) == query


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (Query("ip", "2001:db8::/32"), ("ip/2001:db8::/32", "")),
        (Query("domain", "bücher.example"), ("domain/b%C3%BCcher.example", "")),
        (Query("entity", "A/B"), ("entity/A%2FB", "")),
        (Query("domains", "ex*.test", "name"), ("domains", "name=ex*.test")),
        (Query("entities", "Ann & Bob*", "fn"), ("entities", "fn=Ann+%26+Bob*")),
    ],
)
def test_paths(query: Query, path: tuple[str, str]) -> None:
    assert rdap.emit_query(query) == path


@pytest.mark.parametrize(
    "query",
    [
        Query("domain"), Query("dog", "x"), Query("domains", "x", "fn"), Query("domain", "a\r\nb"),
        Query("ip", "x" * 2000),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(query: Query) -> None:
    with pytest.raises(LocalProtocolError):
        rdap.emit_query(query)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", ""), ("dog/x", ""), ("domain", ""), ("domain/", ""), ("domain/a/b", ""), ("domain/%FF", ""),
        ("domain/a%00b", ""), ("help/me", ""), ("domains", ""), ("domains", "name="), ("domains", "fn=x"),
        ("domains", "name=a&name=b"), ("domains", "name=a&nsIp=b"), ("domains/x", "name=a"),
        ("domains", "&".join(f"x{n}=1" for n in range(99))),
    ],
)  # fmt: skip
def test_what_nobody_asks_for(path: str, query: str) -> None:
    with pytest.raises(RemoteProtocolError):
        rdap.parse_query(path, query)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/rdap/domain/example.test", True), ("/rdap/ip/192.0.2.0/24", True), ("/rdap/domains", True), ("/help", True),
        ("/rdap", False), ("/", False), ("", False), ("/domain", False), ("/a/b/c", False),
    ],
)  # fmt: skip
def test_bases_and_queries(path: str, is_one: bool) -> None:
    assert rdap.is_query(path) == is_one


class TestAnswers:
    @pytest.mark.parametrize("data", [b"", b"7", b"[]", b"{", b"\xff", b"[" * 200_000, b'{"a":' * 5000])
    def test_what_is_none(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            rdap.parse_answer(data)

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["entities", "roles", "vcardArray", "events", "eventAction", "handle"]),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_members_of_any_kind(self, value: object) -> None:
        one = {"entities": value, "events": value, "vcardArray": value, "startAddress": value, "startAutnum": value}
        rdap.name_of(one)
        rdap.holder_of(one)
        rdap.full_name(one)
        rdap.events_of(one)

    def test_names(self) -> None:
        assert rdap.name_of({"startAutnum": 1, "endAutnum": 1}) == "AS1"
        assert rdap.name_of({"startAutnum": 1, "endAutnum": 5}) == "AS1 - AS5"
        assert rdap.name_of({"startAddress": "a", "endAddress": "b"}) == "a - b"
        assert rdap.name_of({"handle": "X"}) == "X"
        assert rdap.name_of({}) == ""


def bootstrap(*services: list[list[str]]) -> rdap.Bootstrap:
    return rdap.parse_bootstrap(json.dumps({"version": "1.0", "services": services}).encode())


class TestBootstrap:
    """RFC 9224 §4 and §5, RFC 8521 §3."""

    def test_the_longest_suffix_counts(self) -> None:
        found = bootstrap(
            [["com", "net"], ["https://a/"]], [["example.com"], ["https://b/"]], [[""], ["https://root/"]]
        )
        assert found.find(Query("domain", "www.example.com")) == ("https://b/",)
        assert found.find(Query("domain", "notexample.COM.")) == ("https://a/",)
        assert found.find(Query("nameserver", "ns1.example.net")) == ("https://a/",)
        assert found.find(Query("domain", "example.org")) == ("https://root/",)
        assert found.find(Query("ip", "192.0.2.1")) == ()

    def test_the_longest_prefix_counts(self) -> None:
        found = bootstrap([["192.0.0.0/8", "2001:db8::/32"], ["https://a/"]], [["192.0.2.0/24"], ["https://b/"]])
        assert found.find(Query("ip", "192.0.2.1")) == ("https://b/",)
        assert found.find(Query("ip", "192.0.0.0/16")) == ("https://a/",)
        assert found.find(Query("ip", "2001:db8:1::")) == ("https://a/",)
        assert found.find(Query("ip", "10.0.0.1")) == ()

    def test_the_smallest_range_counts(self) -> None:
        found = bootstrap([["1-65535"], ["https://a/"]], [["64496-64511", "7"], ["https://b/"]])
        assert found.find(Query("autnum", "AS64500")) == ("https://b/",)
        assert found.find(Query("autnum", "7")) == ("https://b/",)
        assert found.find(Query("autnum", "8")) == ("https://a/",)
        assert found.find(Query("autnum", "65536")) == found.find(Query("autnum", "x")) == ()

    def test_tags(self) -> None:
        found = bootstrap([["who@example.net"], ["TEST"], ["https://a/"]])
        assert found.find(Query("entity", "ANN-test")) == ("https://a/",)
        assert found.find(Query("entity", "ANN")) == ()

    def test_tls_comes_first(self) -> None:
        assert bootstrap([["test"], ["http://a/", "https://a/"]]).find(Query("domain", "x.test"))[0] == "https://a/"

    @pytest.mark.parametrize(
        "text",
        ["{}", "[]", '{"services": []}', '{"services": 7}', '{"services": [7]}', '{"services": [["a"]]}',
         '{"services": [[["a"], "b"]]}', '{"services": [[["a"], [7]]]}', '{"services": [[[], [], [], []]]}'],
    )  # fmt: skip
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(RemoteProtocolError):
            rdap.parse_bootstrap(text.encode())

    @given(st.binary(max_size=100))
    def test_any_bytes(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            rdap.parse_bootstrap(data)

    @given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(rdap.LOOKUPS))
    def test_any_entry(self, entry: str, value: str, kind: str) -> None:
        bootstrap([[entry], ["https://a/"]]).find(Query(kind, value))
