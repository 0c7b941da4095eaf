"""DNS: the names of numbers are IANA's, as dnspython knows them."""

from __future__ import annotations

import dns.edns
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from netloom.errors import LocalProtocolError
from netloom.wire.dns import codes


def test_every_type_that_dnspython_knows_has_the_same_name() -> None:
    known = {dns.rdatatype.to_text(number): int(number) for number in dns.rdatatype.RdataType if number}
    ours = dict(codes.TYPES)
    assert ours == known


def test_classes_and_rcodes_agree_with_dnspython() -> None:
    for name, number in codes.CLASSES.items():
        assert dns.rdataclass.from_text(name) == number
    for name, number in codes.RCODES.items():
        assert dns.rcode.from_text(name) == number
    assert len(codes.RCODES) == len(dns.rcode.Rcode)
    for number in range(16):
        if number in codes.OPCODES.values() and number != codes.OPCODES["DSO"]:
            assert codes.opcode_name(number) == dns.opcode.to_text(number)  # type: ignore[arg-type]  # a number it is


def test_extended_errors_are_all_there() -> None:
    assert len(codes.ERRORS) == len(dns.edns.EDECode)
    for code in dns.edns.EDECode:
        assert codes.ERRORS[code].upper().replace(" ", "_").replace("-", "_") == code.name


def test_options_have_their_numbers() -> None:
    known = dns.edns.OptionType
    ours = (codes.OPTION_NSID, codes.OPTION_SUBNET, codes.OPTION_COOKIE, codes.OPTION_KEEPALIVE, codes.OPTION_PADDING)
    assert ours == (known.NSID, known.ECS, known.COOKIE, known.KEEPALIVE, known.PADDING)
    assert known.EDE == codes.OPTION_ERROR


def test_what_has_no_name_has_a_number() -> None:
    assert codes.type_name(65400) == "TYPE65400"
    assert codes.type_number("type65400") == 65400
    assert codes.class_name(77) == "CLASS77"
    assert codes.class_number("CLASS77") == 77
    assert codes.rcode_name(3000) == "RCODE3000"
    assert codes.opcode_name(15) == "OPCODE15"
    assert codes.type_number("mx") == codes.MX


@pytest.mark.parametrize("name", ["", "AAAAA", "TYPE", "TYPE65536", "TYPE-1", "TYPE٣", "M\nX"])
def test_what_is_no_type_is_refused_with_a_suggestion(name: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        codes.type_number(name)
    assert caught.value.hint


def test_a_near_miss_gets_a_suggestion() -> None:
    with pytest.raises(LocalProtocolError, match="MXX") as caught:
        codes.type_number("MXX")
    assert caught.value.hint == "did you mean MX?"
    with pytest.raises(LocalProtocolError):
        codes.class_number("INN")
