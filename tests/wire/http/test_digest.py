"""Digest authentication, both sides, against the RFC's examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.http import authentication, digest
from netloom.wire.http.digest import Answer, Asked, Challenge

sayable = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters="\xa0\x7f\xad"), max_size=20
)
names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
algorithms = st.sampled_from(["", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
challenges = st.builds(
    Challenge,
    realm=sayable,
    nonce=sayable,
    algorithm=algorithms,
    qop=st.sampled_from([(), ("auth",), ("auth-int",), ("auth", "auth-int")]),
    opaque=st.none() | sayable,
    stale=st.booleans(),
    userhash=st.booleans(),
)


def read(value: str) -> authentication.Authentication:
    return authentication.parse_credentials(value)


@given(challenges)
def test_a_challenge_is_read_again(challenge: Challenge) -> None:
    assert digest.parse_challenge(read(digest.emit_challenge(challenge))) == challenge


@given(challenges, names, names, st.sampled_from(["GET", "PUT"]), st.binary(max_size=10))
def test_an_answer_is_read_again_and_proves(
    challenge: Challenge, name: str, password: str, method: str, body: bytes
) -> None:
    asked = Asked(method=method, uri="/a?b=c", nc=7, cnonce="0a4f", body=body)
    made = digest.answer(challenge, name, password, asked)
    found = digest.parse_answer(read(digest.emit_answer(made)))
    assert found == made
    assert found.username == (
        digest.user_hash(challenge.algorithm, name, challenge.realm) if challenge.userhash else name
    )
    assert digest.proves(found, name, password, asked)
    assert not digest.proves(found, name, password + "x", asked)
    assert not digest.proves(found, name, password, Asked(method="DELETE", uri="/a?b=c", body=body))


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_3_9_1(algorithm: str, response: str) -> None:
    challenge = Challenge(
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        algorithm=algorithm,
        qop=("auth", "auth-int"),
        opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    )
    asked = Asked(method="GET", uri="/dir/index.html", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    assert digest.answer(challenge, "Mufasa", "Circle of Life", asked).response == response


def test_rfc_2069s_form() -> None:
    challenge = Challenge(realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093")
    made = digest.answer(challenge, "Mufasa", "CircleOfLife", Asked(method="GET", uri="/dir/index.html", cnonce="x"))
    assert made.response == "1949323746fe6a43ef61f9606e7febea"  # RFC 2069 §2.4, as its errata have it
    assert (made.qop, made.nc, made.cnonce) == ("", "", "")


def test_the_strongest_is_chosen() -> None:
    weak = Challenge(realm="", nonce="", qop=("auth",))
    strong = Challenge(realm="", nonce="", algorithm="SHA-256", qop=("auth",))
    unknown = Challenge(realm="", nonce="", algorithm="SHA3-512", qop=("auth",))
    other = Challenge(realm="", nonce="", algorithm="SHA-256", qop=("token",))
    assert digest.strongest([weak, unknown, strong, other]) is strong
    assert digest.strongest([unknown, other]) is None
    with pytest.raises(LocalProtocolError):
        digest.answer(unknown, "a", "b", Asked(method="GET", uri="/"))


@pytest.mark.parametrize(
    "value",
    [
        "Basic YTpi",
        'Digest username="a", realm="b", nonce="c", uri="/"',
        'Digest username="a", realm="b", nonce="c", uri="/", response="xyz"',
        'Digest username="a", realm="b", nonce="c", uri="/", response="ab", qop=auth, nc=1, cnonce="d"',
        'Digest username="a", realm="b", nonce="c", uri="/", response="ab", qop=auth, nc=00000001',
        'Digest username="a", realm="b", nonce="c", uri="/", response="ab", qop=other, nc=00000001, cnonce="d"',
        'Digest username*=latin-1\'\'a, realm="b", nonce="c", uri="/", response="ab"',
    ],
)
def test_answers_that_are_none(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        digest.parse_answer(read(value))


@pytest.mark.parametrize("value", ["Digest", 'Digest realm="a"', 'Digest nonce="a"', 'Basic realm="a", nonce="b"'])
def test_challenges_that_are_none(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        digest.parse_challenge(read(value))


def test_an_unknown_algorithm_in_an_answer() -> None:
    given_ = Answer(username="a", realm="b", nonce="c", uri="/", response="ab", algorithm="rot13")
    with pytest.raises(RemoteProtocolError):
        digest.proves(given_, "a", "b", Asked(method="GET", uri="/"))


def test_what_could_say_more_is_refused() -> None:
    given_ = Answer(username="a", realm="b", nonce="c", uri="/\r\nX: 1", response="ab")
    with pytest.raises(LocalProtocolError):
        digest.emit_answer(given_)
