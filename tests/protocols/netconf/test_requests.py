"""Operations in words and as XML."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.protocols.netconf import requests
from netloom.wire.netconf.messages import BASE

NS = f' xmlns="{BASE}"'


@pytest.mark.parametrize(
    ("said", "xml"),
    [
        ("get", f"<get{NS}/>"),
        ("lock candidate", f"<lock{NS}><target><candidate/></target></lock>"),
        ("commit", f"<commit{NS}/>"),
        ("commit persist-id x", f"<commit{NS}><persist-id>x</persist-id></commit>"),
        ("commit confirmed", f"<commit{NS}><confirmed/><confirm-timeout>600</confirm-timeout></commit>"),
        (
            "commit confirmed 5 persist x",
            f"<commit{NS}><confirmed/><confirm-timeout>5</confirm-timeout><persist>x</persist></commit>",
        ),
        ("cancel-commit persist-id x", f"<cancel-commit{NS}><persist-id>x</persist-id></cancel-commit>"),
        (
            "copy-config running startup",
            f"<copy-config{NS}><target><startup/></target><source><running/></source></copy-config>",
        ),
        ("kill-session 4", f"<kill-session{NS}><session-id>4</session-id></kill-session>"),
        ("<get/>", f"<get{NS}/>"),
        ("<lock><target><running/></target></lock>", f"<lock{NS}><target><running/></target></lock>"),
        ('<x xmlns="urn:y"><z/></x>', '<x xmlns="urn:y"><z/></x>'),
    ],
)
def test_what_is_understood(said: str, xml: str) -> None:
    assert str(requests.operation(said)) == xml


@pytest.mark.parametrize(
    "said",
    [
        "bogus", "lock", "lock bogus", "lock a b", "commit x", "commit confirmed 5 persist", "commit persist-id",
        "<a>", "<a/><b/>", "kill-session", "get-schema", "get-schema a b c", "<rpc><a/><b/></rpc>",
    ],
)  # fmt: skip
def test_what_is_not(said: str) -> None:
    with pytest.raises(UsageError):
        requests.operation(said)


def test_capabilities() -> None:
    assert requests.described("urn:ietf:params:netconf:capability:candidate:1.0") == ("candidate:1.0", "capability", {})
    assert requests.described("urn:x?module=m&amp;revision=1")[:2] == ("m", "module")
    assert requests.described("urn:x") == ("urn:x", "capability", {})


@pytest.mark.parametrize("said", [b"", b" \n", b"<config/>", b"<?xml version='1.0'?><config></config>", b"text"])
def test_nothing_is_no_configuration(said: bytes) -> None:
    with pytest.raises(UsageError, match="nothing is put"):
        requests.config_of(said)
