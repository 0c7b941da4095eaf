"""Endpoints: from a URL and back, the column of every mistake, and secrets that never show."""

from __future__ import annotations

import pickle
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Endpoint, Secret, as_options, suggest
from netloom.errors import UsageError

CANARY = "canary-7351"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
LABEL = st.text(string.ascii_lowercase + string.digits + "-_éü日", min_size=1, max_size=10)
HOST = st.one_of(
    st.lists(LABEL, min_size=1, max_size=3).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.just("*"),
    st.just(""),
)
RAW = st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/%41", max_size=20)
OPTION = st.tuples(TEXT.map(lambda name: name.replace("-", "_")), st.one_of(st.just(""), TEXT))


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    """Any endpoint whose options aren't secrets."""
    kind = draw(st.sampled_from(["plain", "unix", "+unix"]))
    options = tuple(draw(st.lists(OPTION, max_size=4)))
    options = tuple((name, value) for name, value in options if not _hides(name, value))
    query = draw(RAW)
    if kind == "unix":
        socket = draw(st.sampled_from("/@")) + draw(TEXT).replace("\0", "")
        return Endpoint(scheme="unix", socket=socket, query=query, options=options)
    user = draw(st.one_of(st.just(""), TEXT))
    path = draw(st.one_of(st.just(""), RAW.map(lambda path: "/" + path)))
    if kind == "+unix":
        socket = "/" + draw(TEXT).replace("\0", "")
        return Endpoint(scheme="http+unix", user=user, socket=socket, path=path, query=query, options=options)
    host = draw(HOST)
    return Endpoint(
        scheme=draw(st.sampled_from(["tcp", "http", "x-y.z+w"])),
        user=user,
        host=host.lower(),
        zone=draw(st.one_of(st.just(""), st.text("eth0%25.-", min_size=1, max_size=5))) if ":" in host else "",
        port=draw(st.one_of(st.none(), st.integers(0, 65535))),
        path=path,
        query=query,
        options=options,
    )


def _hides(name: str, value: str) -> bool:
    return (
        any(word in name.lower() for word in ("password", "passphrase", "secret", "token", "apikey", "bearer"))
        or (":" in value and "@" in value)
        or "•" in value
        or ("=" in value and "," in value)
    )


@given(endpoints())
def test_what_is_written_is_read_back(endpoint: Endpoint) -> None:
    assert Endpoint.parse(str(endpoint)) == endpoint
    assert str(Endpoint.parse(str(endpoint))) == str(endpoint)
    assert repr(endpoint) == str(endpoint)


@given(st.text(max_size=60))
def test_any_text_is_an_endpoint_or_a_mistake_with_its_column(text: str) -> None:
    for candidate in (
        text,
        f"tcp://{text}",
        f"tcp://h:1/{text}",
        f"tcp://h#{text}",
        f"unix:///{text}",
        f"http://[{text}]",
    ):
        found, error = parsed(candidate)
        if error is not None:
            assert error.column is not None
            assert 0 <= error.column <= len(candidate)
            assert len(error.text) == len(candidate), "columns hold in what is shown"
            assert f"column {error.column + 1}" in error.message
        elif found is not None and "•" not in str(found):
            assert Endpoint.parse(str(found)).replace(password=None) == found.replace(password=None)


def parsed(text: str) -> tuple[Endpoint | None, UsageError | None]:
    """The endpoint, or the mistake."""
    try:
        return Endpoint.parse(text), None
    except UsageError as exc:
        return None, exc


@given(st.text(string.ascii_letters + string.digits + ":@/?#[]%,= .", max_size=30), st.integers(0, 30))
def test_no_malformed_url_echoes_its_password(noise: str, place: int) -> None:
    for candidate in (
        f"{noise[:place]}://ann:{CANARY}@{noise[place:]}",
        f"tcp://ann:{CANARY}{noise}@h",
        f"tcp:ann:{CANARY}@{noise}",
        f"ann:{CANARY}{noise}@h",
    ):
        found, error = parsed(candidate)
        if error is not None:
            assert CANARY not in f"{error} {error.hint} {error.text}", candidate
        elif found is not None and found.password and CANARY in found.password.reveal():
            assert CANARY not in str(found.replace(path="", query="", options=())), candidate


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://127.0.0.1:22", Endpoint(scheme="tcp", host="127.0.0.1", port=22)),
        ("HTTP://Example.COM/Path?Q=1", Endpoint(scheme="http", host="example.com", path="/Path", query="Q=1")),
        ("tcp://[::1]:22", Endpoint(scheme="tcp", host="::1", port=22)),
        ("tcp://[FE80::1%25eth0]:22", Endpoint(scheme="tcp", host="fe80::1", zone="eth0", port=22)),
        ("tcp://[fe80::1%eth0]", Endpoint(scheme="tcp", host="fe80::1", zone="eth0")),
        (
            "dns://9.9.9.9/example.com?type=MX",
            Endpoint(scheme="dns", host="9.9.9.9", path="/example.com", query="type=MX"),
        ),
        ("http://bücher.example", Endpoint(scheme="http", host="bücher.example")),
        ("http://b%C3%BCcher.example", Endpoint(scheme="http", host="bücher.example")),
        ("unix:///run/x.sock", Endpoint(scheme="unix", socket="/run/x.sock")),
        ("unix:///run/a%20b", Endpoint(scheme="unix", socket="/run/a b")),
        ("unix://@name", Endpoint(scheme="unix", socket="@name")),
        ("http+unix://%2Frun%2Fx.sock/path", Endpoint(scheme="http+unix", socket="/run/x.sock", path="/path")),
        ("smtp://a%40b@h", Endpoint(scheme="smtp", user="a@b", host="h")),
        ("smtp://a@b@h", Endpoint(scheme="smtp", user="a@b", host="h")),
        (
            "http://h/?ttl=60#ttl=8,nodelay=1",
            Endpoint(scheme="http", host="h", path="/", query="ttl=60", options=(("ttl", "8"), ("nodelay", "1"))),
        ),
        (
            "tcp://h:1#a,b=,a=%2C%23",
            Endpoint(scheme="tcp", host="h", port=1, options=(("a", ""), ("b", ""), ("a", ",#"))),
        ),
        ("tcp://:0", Endpoint(scheme="tcp", port=0)),
        ("tcp://*:0", Endpoint(scheme="tcp", host="*", port=0)),
        ("tcp://h:", Endpoint(scheme="tcp", host="h")),
        ("tcp://h:00080", Endpoint(scheme="tcp", host="h", port=80)),
    ],
)
def test_what_can_be_written(text: str, expected: Endpoint) -> None:
    assert Endpoint.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 0, "a scheme such as http:// is expected", ""),
        ("example.com", 0, "a scheme", "did you mean https://example.com ?"),
        ("example.com:80", 0, "a scheme", "did you mean tcp://example.com:80 ?"),
        ("http//example.com", 4, "':' expected", "did you mean http://example.com ?"),
        ("http:/example.com", 5, "'//' expected", "did you mean http://example.com ?"),
        ("http:example", 5, "'//' expected", "did you mean http://example ?"),
        ("http://a b", 8, "must be percent-encoded", ""),
        ("http://a\n", 8, "must be percent-encoded", ""),
        ("http://h\udcff", 8, "isn't UTF-8", ""),
        ("tcp://h:x", 8, "a port is a number from 0 to 65535, not 'x'", ""),
        ("tcp://h:65536", 8, "not '65536'", ""),
        ("tcp://h:-1", 8, "not '-1'", ""),
        ("tcp://h:²", 8, "not '²'", ""),
        ("tcp://user:pw@h:x", 16, "a port", ""),
        ("tcp://::1", 6, "an IPv6 address stands in brackets", "[::1]"),
        ("tcp://[::1", 10, "']' expected", ""),
        ("tcp://[::x]:1", 7, "'::x' is no IPv6 address", ""),
        ("tcp://[::1]x", 11, "':' and a port, or '/', expected instead of 'x'", ""),
        ("tcp://a]b", 7, "expected instead of ']'", ""),
        ("tcp://a%2Fb", 6, "can't be a host's name", ""),
        ("tcp://a%00b", 6, "can't be a host's name", ""),
        ("tcp://%FF", 6, "must be UTF-8", "%C3%A9"),
        ("tcp://h#a,=1", 10, "the name of an option is expected", ""),
        ("tcp://h#a,,b", 10, "the name of an option is expected", ""),
        ("tcp://h#a=%FF", 8, "must be UTF-8", ""),
        ("unix://run/x", 7, "the path of a Unix socket is expected", "unix:///run/name.sock"),
        ("unix:///a%00b", 7, "no NUL", "@name"),
        ("http+unix://run/x", 12, "percent-encoded path of a Unix socket", "http+unix://%2Frun%2Fname.sock/"),
    ],
)
def test_the_column_of_a_mistake(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint.parse(text)
    error = caught.value
    assert message in error.message
    assert error.column == column
    assert hint in error.hint


def test_a_password_is_parsed_and_never_shown() -> None:
    endpoint = Endpoint.parse(f"smtp://ann:{CANARY}@h")
    assert endpoint.password is not None
    assert endpoint.password.reveal() == CANARY
    assert str(endpoint) == "smtp://ann@h"
    for shown in (str(endpoint), repr(endpoint), f"{endpoint}", f"{endpoint.password:>9}", repr(endpoint.password)):
        assert CANARY not in shown
    with pytest.raises((TypeError, NotImplementedError)):
        msgspec.json.encode(endpoint)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"http://h#token={CANARY}", "http://h#token=•••"),
        (f"http://h#Password={CANARY}", "http://h#Password=•••"),
        (f"http://h#proxy_password={CANARY},ttl=3", "http://h#proxy_password=•••,ttl=3"),
        (f"http://h#proxy=socks5://ann:{CANARY}@p:1080", "http://h#proxy=socks5://ann:•••@p:1080"),
        (f"http://h#proxy=socks5%3A%2F%2Fann%3A{CANARY}%40p", "http://h#proxy=socks5://ann:•••@p"),
    ],
)
def test_secrets_in_options_are_not_shown(text: str, shown: str) -> None:
    assert str(Endpoint.parse(text)) == shown


def test_options_beside_a_url_count_the_same_and_are_no_part_of_it() -> None:
    endpoint = Endpoint.parse("tcp://h:1#ttl=8").with_options([("ttl", "9"), ("nodelay", "yes")])
    assert endpoint.all_options == (("ttl", "8"), ("nodelay", "yes"))
    assert str(endpoint) == "tcp://h:1#ttl=8"
    assert not endpoint.listens
    assert endpoint.with_options([("listen", "")]).listens
    assert Endpoint.parse("tcp://:1#listen").listens


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("tcp://a:b@h:1/x", "h:1"),
        ("tcp://[fe80::1%25eth0]:1", "[fe80::1%25eth0]:1"),
        ("tcp://h", "h"),
        ("unix:///run/x", "/run/x"),
    ],
)
def test_authority(text: str, authority: str) -> None:
    assert Endpoint.parse(text).authority == authority


class TestSecret:
    def test_it_never_shows(self) -> None:
        secret = Secret(CANARY)
        assert CANARY not in f"{secret}{secret!r}{secret!s}{secret:>20}{[secret]}{(secret,)}"
        assert secret.reveal() == CANARY

    def test_it_is_compared(self) -> None:
        assert Secret("a") == Secret("a")
        assert Secret("a") != Secret("b")
        assert Secret("a") != "a"
        assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
        assert bool(Secret("a"))
        assert not Secret("")
        assert Secret("é") == Secret("é")

    def test_it_is_not_kept(self) -> None:
        with pytest.raises(TypeError, match="isn't pickled"):
            pickle.dumps(Secret(CANARY))


def test_suggestions() -> None:
    assert suggest("htpp", ["http", "smtp"]) == "did you mean http?"
    assert suggest("qqqq", ["http", "smtp"]) == ""


def test_options_as_pythons_values() -> None:
    assert as_options({"verify": False, "idle": 2, "fault": ["reset", "loss:30%"]}) == [
        ("verify", "false"), ("idle", "2"), ("fault", "reset"), ("fault", "loss:30%")
    ]  # fmt: skip
