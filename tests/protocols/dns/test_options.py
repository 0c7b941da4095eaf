"""DNS: what options make of a question."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.protocols.dns.options import Options, template
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Question, parse
from netloom.wire.dns.names import from_text

QUESTION = Question(from_text("a.example"), codes.A)


def asked(options: Options, *, encrypted: bool = False) -> tuple[int, Edns | None]:
    message = parse(template(options, encrypted).query(1, QUESTION).data)
    return message.flags, message.edns


def test_as_it_comes() -> None:
    flags, edns = asked(Options())
    assert flags == codes.RD | codes.AD
    assert edns == Edns(1232, options=((codes.OPTION_COOKIE, bytes(8)),))


def test_everything_can_be_said() -> None:
    flags, edns = asked(Options(rd=False, ad=False, cd=True, dnssec=True, nsid=True, subnet="192.0.2.0/24", edns=4096))
    assert flags == codes.CD
    assert edns is not None
    assert edns.do
    assert edns.size == 4096
    assert [code for code, _ in edns.options] == [codes.OPTION_NSID, codes.OPTION_SUBNET, codes.OPTION_COOKIE]


def test_without_edns_or_cookie() -> None:
    assert asked(Options(edns=0)) == (codes.RD | codes.AD, None)
    assert asked(Options(cookie=False))[1] == Edns(1232)
    assert asked(Options(), encrypted=True)[1] == Edns(1232)


@pytest.mark.parametrize(
    "options", [Options(edns=0, dnssec=True), Options(edns=0, nsid=True), Options(subnet="nowhere")]
)
def test_what_does_not_go_together(options: Options) -> None:
    with pytest.raises(UsageError):
        template(options, encrypted=False)
