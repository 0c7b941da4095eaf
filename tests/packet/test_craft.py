"""The language of packets: what it reads, what it refuses, and where it points."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet import ICMP, SCTP, TCP, UDP, Ethernet, HopByHop, IPv4, IPv6, Packet, Raw
from netloom.packet import craft as language
from netloom.packet.craft import HIGHEST, MOST, Recipe, crafted, dissected, expand, link_type
from netloom.packet.formats import layers
from netloom.packet.formats.hop_by_hop import option, router_alert
from netloom.packet.formats.icmp import echo
from netloom.packet.formats.sctp import init, message
from netloom.packet.formats.tcp import mss, sack, window_scale

READ: dict[str, Packet] = {
    'Ethernet(dst="02:00:00:00:00:01") / IPv4(dst="192.0.2.1") / TCP(flags="S", dport=80) / "data"': (
        Ethernet(dst="02:00:00:00:00:01") / IPv4(dst="192.0.2.1") / TCP(flags="S", dport=80) / b"data"
    ),
    "IPv4()": Packet((IPv4(),)),
    ' \t IPv6(dst="2001:db8::1")/(UDP(dport=53)/b"\\x00\\xff") ': IPv6(dst="2001:db8::1") / UDP(dport=53) / b"\0\xff",
    '"öl" / "x"': Raw(data="öl".encode()) / b"x",
    "Raw(data=b'x')": Packet((Raw(data=b"x"),)),
    'hex("de ad") / bytes.fromhex("be ef") / bytes(2)': Raw(data=b"\xde\xad") / b"\xbe\xef" / b"\0\0",
    'b"a" + hex("62") + b"c"': Packet((Raw(data=b"abc"),)),
    "TCP(options=mss(1460) + window_scale(7))": Packet((TCP(options=mss(1460) + window_scale(7)),)),
    "TCP(options=sack((1, 2), (3, 4)))": Packet((TCP(options=sack((1, 2), (3, 4))),)),
    'HopByHop(options=router_alert(value=1) + option(30, b"x"))': Packet(
        (HopByHop(options=router_alert(1) + option(30, b"x")),)
    ),
    "IPv4() / ICMP(rest=echo(7, sequence=1))": IPv4() / ICMP(rest=echo(7, 1)),
    'IPv4() / SCTP(tag=0x10) / init(9) / message(b"hi")': IPv4() / SCTP(tag=16) / init(9) / message(b"hi"),
    "IPv4(ttl=0xff, dont_fragment=True, checksum=None)": Packet((IPv4(ttl=255, dont_fragment=True),)),
    "IPv4(\n  ttl=3,\n)  # three hops": Packet((IPv4(ttl=3),)),
}

REFUSED: dict[str, tuple[str, str, str]] = {
    # What, where, what is said
    "IPv4(ttl=300)": ("300", "doesn't fit", "0 to 255"),
    "IPv4(ttl=-1)": ("-1", "doesn't fit", "0 to 255"),
    "IPv4(fragment=3)": ("3", "fragment=3", "a multiple of 8"),
    "IPv4() / IPv4(tll=3)": ("tll", "no field 'tll'", "did you mean ttl?"),
    "IPv4(nothing_like_it=3)": ("nothing", "no field", "fields: dst, src"),
    'IPv4(ttl="x")': ('"x"', "ttl is a number, not 'x'", ""),
    "IPv4(dont_fragment=1)": ("1)", "dont_fragment is True or False, not 1", ""),
    "UDP(sport=None)": ("None", "sport is a number, not None", ""),
    'IPv4(dst="x")': ('"x"', "'x' is no IPv4 address", "192.0.2.1"),
    'Ethernet(src="x")': ('"x"', "no hardware address", ""),
    'IPv4() / TCP(flags="Z")': ('"Z"', "no flag 'Z'", "letters of"),
    "TCP(options=mss(70000))": ("mss", "mss(…): ", ""),
    'TCP(options=mss("a"))': ("mss", "octets is a number, not 'a'", ""),
    "TCP(options=mss(True))": ("mss", "octets is a number, not True", ""),
    "TCP(options=mss())": ("mss", "missing a required argument", "mss(octets)"),
    "TCP(options=sack((1, 2, 3)))": ("sack", "two numbers in parentheses", ""),
    "TCP(options=sack(1))": ("sack", "two numbers in parentheses", ""),
    "TCP(options=msss(3))": ("msss", "there is no msss(…) here", "did you mean mss?"),
    "UDP() / mss(3)": ("mss", "there is no mss(…) here", "besides layers there are hex"),
    "IPV4()": ("IPV4", "there is no IPV4(…) here", "did you mean IPv4?"),
    "IPv4": ("IPv4", "IPv4 isn't known here", "IPv4(…)"),
    "IPv4() / upd": ("upd", "isn't known here", ""),
    "IPv4(ttl=UDP())": ("UDP", "is a layer, and stands between slashes", ""),
    "IPv4(80)": ("80", "fields have names: IPv4(dst=…)", ""),
    "IPv4(**{})": ("**", "no field ''", ""),
    "IPv4(ttl=1, ttl=2)": ("ttl=2", "given twice", ""),
    "IPv4(ttl=[])": ("[]", "empty", ""),
    "IPv4(ttl=range(3, 3))": ("range", "empty", ""),
    "IPv4(ttl=range(1, 9, 0))": ("range", "steps", ""),
    'IPv4(ttl=range("a"))': ("range", "a range has numbers", ""),
    "IPv4(ttl=range())": ("range", "a range has numbers", ""),
    "IPv4(identification=range(99999999999999999999999999))": ("9999", "no field is wider than 64 bits", ""),
    "IPv4(ttl=-0x10000000000000000)": ("0x1", "no field is wider than 64 bits", ""),
    "IPv4(identification=range(0xffffffffffffffff))": ("range", f"{MOST} packets at most", ""),
    "IPv4(identification=range(70000))": ("range", f"{MOST} packets at most", ""),
    "IPv4(identification=range(-70000, 0))": ("range", f"{MOST} packets at most", ""),
    "UDP(sport=[range(60000), range(60000)])": ("[range", "120000 values", ""),
    "UDP(sport=[1, 70000])": ("[1", "doesn't fit", ""),
    "IPv4() + UDP()": ("IPv4", "is a layer", ""),
    "IPv4() * 3": ("3", "between layers stands /", ""),
    "IPv4() / 5": ("5", "5 is no layer and no octets", "a text"),
    "IPv4(ttl=0x10000000000000000)": ("0x1", "no field is wider than 64 bits", ""),
    "IPv4(ttl=5.0)": ("5.0", "numbers, texts, octets", ""),
    "IPv4() / b'a' + b'b'": ("IPv4() / b'a'", "numbers, texts, octets", ""),
    "IPv4() / (b'a' + 'b')": ("'b'", "only octets are put together", ""),
    'hex("de ad") / hex("zz")': ('hex("zz")', "hex(…): non-hexadecimal", ""),
    "bytes(65537)": ("bytes", "0 to 65536 of them", ""),
    "bytes(-1)": ("bytes", "0 to 65536 of them", ""),
    "HopByHop(options=padding(1000000000000))": ("padding", "padding of", "0 to 257"),
    "HopByHop(options=router_alert(70000))": ("router_alert", "router_alert(…): ", ""),
    '"ö" / IPv4(x=1)': ("x=1", "no field 'x'", ""),
    "lambda: 1": ("lambda", "numbers, texts, octets", ""),
    'f"{x}"': ('f"', "numbers, texts, octets", ""),
    "(1).__class__": ("(1).", "numbers, texts, octets", ""),
    "[x for x in y]": ("[x", "numbers, texts, octets", ""),
    '__import__("os")': ("__import__", "there is no __import__(…) here", ""),
    'open("/etc/passwd")': ("open", "there is no open(…) here", ""),
    'IPv4().__class__("x")': ("IPv4", "there is no", ""),
    "IPv4()()": ("IPv4", "there is no", ""),
    "HopByHop(options=written(1))": ("written", "there is no written(…) here", ""),
    "written(1)": ("written", "there is no written(…) here", ""),
    "   IPv4(x=1)": ("x=1", "no field 'x'", ""),
    "IPv4)": (")", "can't be read: unmatched ')'", ""),
    "  IPv4(": ("(", "can't be read: '(' was never closed", ""),
    "IPv4(ttl 3)": ("ttl 3", "can't be read: invalid syntax", ""),
    '"\\d"': ('"', "can't be read: invalid escape", ""),
    "IPv4(); UDP()": (";", "can't be read: invalid syntax", ""),
    "x = 1": ("=", "can't be read: invalid syntax", ""),
}


@pytest.mark.parametrize("text", READ)
def test_what_is_read(text: str) -> None:
    assert crafted(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_and_where(text: str) -> None:
    where, said, hint = REFUSED[text]
    with pytest.raises(UsageError) as caught:
        crafted(text)
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.text == text
    assert caught.value.column is not None
    assert text[caught.value.column :].startswith(where)


def test_a_text_of_many_lines_is_pointed_at_in_its_line() -> None:
    with pytest.raises(UsageError, match="no field 'x'") as caught:
        crafted('\n IPv4() / UDP(\n    x="ö",\n)')
    assert (caught.value.text, caught.value.column) == ('    x="ö",', 4)
    with pytest.raises(UsageError, match="never closed") as caught:
        crafted("IPv4(\nttl=[3")
    assert (caught.value.text, caught.value.column) == ("ttl=[3", 4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "\0",
        "\udcff",
        "a/" * 8000 + "a",
        "b''/" * 4000 + "b''",
        "(" * 5000,
        "[" * 3000,
        "-" * 16_000 + "1",
        "1+" * 8000 + "1",
        "not " * 4000 + "1",
        "x." * 8000 + "x",
        "x" * 20_000,
        "IPv4(ttl=" + "9" * 5000 + ")",
        "IPv4(ttl=0x" + "9" * 15_000 + ")",
        "TCP(options=" + "mss(" * 150 + "1" + ")" * 150 + ")",
    ],
    ids=lambda text: f"{text[:8]!r} {len(text)}",
)
def test_hostile_texts(text: str) -> None:
    with pytest.raises(UsageError):
        crafted(text)


def refusal(text: str) -> UsageError | None:
    """Why a text isn't read; it points at a place within itself."""
    try:
        crafted(text)
    except UsageError as refused:
        return refused
    return None


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    refused = refusal(text)
    assert refused is None or refused.column is None or 0 <= refused.column <= len(refused.text)


WORDS = st.sampled_from(
    [*"()/+,=[]-'\"*. \n", "IPv4", "UDP", "TCP", "ttl", "dst", "mss", "range", "hex", "b'x'", "1", "'a'"]
)


@given(st.lists(WORDS, max_size=25).map("".join))
def test_any_words(text: str) -> None:
    refused = refusal(text)
    assert refused is None or refused.column is None or 0 <= refused.column <= len(refused.text)


def test_nothing_runs() -> None:
    before = set(sys.modules)
    for text in ('__import__("antigravity")', 'exec("import antigravity")', "IPv4(ttl=(lambda: 1)())"):
        with pytest.raises(UsageError):
            crafted(text)
    assert "antigravity" not in set(sys.modules) - before


def test_an_escape_that_python_doesn_t_know_is_refused_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert refusal('"\\d"') is not None
    assert told == []


def test_how_much_a_text_makes() -> None:
    assert len(bytes(crafted("+".join(["bytes(65536)"] * 16)))) == 1 << 20
    with pytest.raises(UsageError, match="1048576 octets at most"):
        crafted("+".join(["bytes(65536)"] * 17))


def test_how_high_a_packet_is() -> None:
    assert len(crafted("/".join(["b'x'"] * HIGHEST)).layers) == HIGHEST
    with pytest.raises(UsageError, match="64 layers at most"):
        crafted("/".join(["b'x'"] * (HIGHEST + 1)))


# Sets


def test_lists_and_ranges_make_one_packet_for_each_combination() -> None:
    text = 'IPv4(dst=["192.0.2.1", "192.0.2.2"]) / UDP(dport=[53, range(80, 82)], sport=range(9, 7, -1)) / ["a", b"b"]'
    found = [
        (str(packet[IPv4].dst)[-1], packet[UDP].dport, packet[UDP].sport, packet[Raw].data) for packet in expand(text)
    ]
    wanted = [(a, b, c, d) for a in "12" for b in (53, 80, 81) for c in (9, 8) for d in (b"a", b"b")]
    assert found == wanted
    assert Recipe(text).count == 24
    with pytest.raises(UsageError, match="that is 24 packets, not one"):
        crafted(text)


def test_a_text_is_refused_before_the_first_packet() -> None:
    with pytest.raises(UsageError, match="100000 packets; one text stands for 65536 at most"):
        expand("IPv4(ttl=range(100)) / UDP(sport=range(1000))")
    assert Recipe("UDP(sport=range(65536))").count == MOST


def test_a_range_is_checked_at_its_ends() -> None:
    with pytest.raises(UsageError, match="doesn't fit"):
        expand("IPv4(ttl=range(250, 260))")
    assert len(list(expand("IPv4(ttl=range(256))"))) == 256


def test_what_was_given_is_known() -> None:
    assert Recipe('IPv4(ttl=64) / TCP() / "x"').given == (frozenset({"ttl"}), frozenset(), frozenset({"data"}))


# All formats


@pytest.mark.parametrize("name", layers())
def test_every_layer_has_fields_that_a_text_can_give(name: str) -> None:
    assert crafted(f"{name}()") == Packet((layers()[name](),))
    for field in msgspec.structs.fields(layers()[name]):
        assert language._in_words(field.type), field.name
        if field.default is not None:
            layer = layers()[name](**{field.name: field.default})
            assert crafted(repr(layer)) == Packet((layer,))


VALUES: dict[type, Any] = {int: 1, bool: True, bytes: b"\1\0\0\0"}


@pytest.mark.parametrize("name", layers())
def test_a_layer_reads_as_the_text_that_makes_it(name: str) -> None:
    for field in msgspec.structs.fields(layers()[name]):
        value = VALUES.get(field.type)
        if value is None:
            continue
        layer = layers()[name](**{field.name: value})
        refused = refusal(repr(layer))  # there may be no place for a 1, such as in a fragment's offset
        if refused is None:
            assert crafted(repr(layer)) == Packet((layer,))
        else:
            assert refused.column is not None


def test_the_way_back() -> None:
    packet = crafted('Ethernet() / IPv4(dst="192.0.2.1") / UDP(dport=9) / "abc"')
    assert bytes(dissected(bytes(packet))) == bytes(packet)
    found = dissected(bytes(packet))
    assert [type(layer) for layer in found] == [Ethernet, IPv4, UDP, Raw]
    assert crafted(repr(found)) == found
    assert [type(layer) for layer in dissected(bytes(packet)[14:], link=101)] == [IPv4, UDP, Raw]


def test_what_a_frame_starts_with() -> None:
    assert link_type(Ethernet() / IPv4()) == 1
    assert link_type(Packet((IPv4(),))) == 228
    assert link_type(Packet((UDP(),))) is None
    assert link_type(Packet(())) is None
