"""The client's credentials, by themselves."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint, Secret
from netloom.errors import LocalProtocolError
from netloom.protocols.http.authorization import Authorizer
from netloom.protocols.http.options import Options

ANN = Endpoint.parse("http://ann:secret@a.test/")
CHALLENGE = (("www-authenticate", 'Digest realm="r", nonce="n", qop="auth"'), ("www-authenticate", "Basic realm=r"))


def test_at_once_or_asked() -> None:
    assert Authorizer(ANN, Options()).value("GET", "/").startswith("Basic ")
    assert Authorizer(ANN, Options(auth="basic")).value("GET", "/").startswith("Basic ")
    assert Authorizer(ANN, Options(auth="digest")).value("GET", "/") == ""
    assert Authorizer(ANN, Options(auth="any")).asks_twice
    assert Authorizer(ANN, Options(token=Secret("t"))).value("GET", "/") == "Bearer t"


@pytest.mark.parametrize("auth", ["", "digest", "any"])
def test_digest_is_preferred(auth: str) -> None:
    made = Authorizer(ANN, Options(auth=auth))  # type: ignore[arg-type]  # the parameters are its literals
    assert made.challenged(CHALLENGE)
    assert "nc=00000001" in made.value("GET", "/")
    assert "nc=00000002" in made.value("GET", "/")
    assert not made.challenged(CHALLENGE)
    assert made.gave_up


def test_a_token_has_no_second_try() -> None:
    assert not Authorizer(ANN, Options(token=Secret("t"))).challenged(CHALLENGE)


def test_names_without_passwords() -> None:
    assert Authorizer(Endpoint.parse("http://ann@a.test"), Options()).value("GET", "/") == "Basic YW5uOg=="


def test_what_cannot_be_said() -> None:
    with pytest.raises(LocalProtocolError):
        Authorizer(ANN, Options(token=Secret("a b"))).value("GET", "/")
