"""Entering a session that begins in the clear: what to log in with, and whether TLS is laid over it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from netloom.endpoint import Endpoint, Secret
from netloom.errors import PeerRefused, TLSError, UsageError
from netloom.links.entering import anonymous, login_of, upgrade
from netloom.wire.credentials import Credentials
from netloom.wire.sasl import Login

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream

LOGIN = Login(credentials=Credentials("ann", "x"))


class Options(Struct, frozen=True):
    auth: str = ""
    token: Secret | None = None
    allow_plain_auth: bool = False


@pytest.mark.parametrize(
    ("url", "options", "found"),
    [
        ("imap://h", Options(), None),
        ("imap://h", Options(auth="anonymous"), None),
        ("imap://ann:x@h", Options(), LOGIN),
        ("imap://ann:x@h", Options(auth="cram-md5"), Login(credentials=LOGIN.credentials, mechanism="CRAM-MD5")),
        ("imap://ann:x@h", Options(allow_plain_auth=True), Login(credentials=LOGIN.credentials, in_clear=True)),
        ("imap+unix://ann:x@/run/x", Options(), None),
        (
            "imap://ann:x@h",
            Options(token=Secret("t")),
            Login(credentials=Credentials("ann", "t"), mechanism="XOAUTH2"),
        ),
        (
            "imap://ann@h",
            Options(auth="anonymous"),
            Login(credentials=Credentials("ann", ""), mechanism="ANONYMOUS"),
        ),
    ],
)
def test_what_to_log_in_with(url: str, options: Options, found: Login | None) -> None:
    if "unix" in url:
        found = Login(credentials=LOGIN.credentials, in_clear=True)
        endpoint = Endpoint(scheme="imap", socket="/run/x", user="ann", password=Secret("x"))
    else:
        endpoint = Endpoint.parse(url)
    assert login_of(endpoint, options) == found


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("pop3s://h", Options(auth="plain")), ("pop3s://h", Options(token=Secret("t"))), ("pop3s://ann@h", Options()),
        ("pop3s://ann:x@h", Options(auth="plain", token=Secret("t"))),
    ],
)  # fmt: skip
def test_what_doesnt_fit_together(url: str, options: Options) -> None:
    with pytest.raises(UsageError) as refused:
        login_of(Endpoint.parse(url), options)
    assert refused.value.hint == "auth=xoauth2" or refused.value.hint.startswith("pop3s://USER:PASSWORD@HOST")


def test_without_a_user() -> None:
    assert anonymous(Options(), ["PLAIN"]) is None
    for options, offered in ((Options(), ["PLAIN", "ANONYMOUS"]), (Options(auth="anonymous"), [])):
        found = anonymous(options, offered)
        assert found is not None
        assert found.mechanism == "ANONYMOUS"


class Talk:
    """A dialogue that notes whether TLS was asked for."""

    def __init__(self, offers: bool = True, private: bool = False, fails: Exception | None = None) -> None:
        self.offers_starttls = offers
        self.private = private
        self.asked = False
        self._fails = fails

    async def starttls(self, secure: Callable[[Stream], Awaitable[Any]]) -> None:
        self.asked = True
        if self._fails is not None:
            raise self._fails


def dial(mode: str) -> Any:
    return SimpleNamespace(options=SimpleNamespace(tls=mode), secure=None)


@pytest.mark.parametrize("login", [None, LOGIN])
@pytest.mark.parametrize("mode", ["", "try", "starttls", "never"])
class TestUpgrade:
    async def test_it_is_laid_where_it_is_offered(self, mode: str, login: Login | None) -> None:
        talk = Talk()
        assert await upgrade(talk, dial(mode), login, "xs") is (mode != "never")
        assert talk.asked is (mode != "never")

    async def test_it_stands_already(self, mode: str, login: Login | None) -> None:
        talk = Talk(private=True)
        assert not await upgrade(talk, dial(mode), login, "xs")
        assert not talk.asked

    async def test_it_isnt_offered(self, mode: str, login: Login | None) -> None:
        if mode == "starttls":
            with pytest.raises(TLSError, match="offers no XTLS") as refused:
                await upgrade(Talk(offers=False), dial(mode), login, "xs", "XTLS")
            assert "xs://" in refused.value.hint
        else:
            assert not await upgrade(Talk(offers=False), dial(mode), login, "xs")

    async def test_it_is_refused(self, mode: str, login: Login | None) -> None:
        talk = Talk(fails=PeerRefused("not now"))
        if mode == "starttls" or (not mode and login is not None):
            with pytest.raises(PeerRefused):
                await upgrade(talk, dial(mode), login, "xs")
        else:
            assert not await upgrade(talk, dial(mode), login, "xs")

    async def test_a_handshake_that_fails(self, mode: str, login: Login | None) -> None:
        if mode == "never":
            return
        with pytest.raises(TLSError) as failed:
            await upgrade(Talk(fails=TLSError("expired")), dial(mode), login, "xs")
        assert ("#tls=never" in failed.value.hint) is (mode == "")
