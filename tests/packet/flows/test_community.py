"""Community ID: the specification's own examples, and equality with Corelight's package."""

from __future__ import annotations

from ipaddress import ip_address

import communityid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.packet.flows.community import community_id
from netloom.packet.flows.tracked import Key, key_of
from tests.packet.flows.rows import row

# Protocol, source, destination, ports (of ICMP type and code), and the ID without and with the seed 1
BASELINE = [
    (58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
     "dGHyGvjMfljg6Bppwm3bg0LO8TY=", "kHa1FhMYIT6Ym2Vm2AOtoOARDzY="),
    (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0,
     "dGHyGvjMfljg6Bppwm3bg0LO8TY=", "kHa1FhMYIT6Ym2Vm2AOtoOARDzY="),
    (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0,
     "zavyT/cezQr1fmImYCwYnMXbgck=", "2hSqmsDZ2kdcY9kbiUzOEBic0iM="),
    (58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0,
     "2ObVBgIn28oZvibYZhZMBgh7WdQ=", "lVEtCZpYu84Xqaa++3lXFyuu2n4="),
    (58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
     "hLZd0XGWojozrvxqE0dWB1iM6R0=", "W8MHwXpWzpoSTD+cGcaJr4u0ys8="),
    (58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0,
     "+TW+HtLHvV1xnGhV1lv7XoJrqQg=", "GfZxjAkDk2MkegpBYHV6tadtFXQ="),
    (58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0,
     "+TW+HtLHvV1xnGhV1lv7XoJrqQg=", "GfZxjAkDk2MkegpBYHV6tadtFXQ="),
    (58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0,
     "hO+sN4H+MG5MY/8hIrXPqc4ZQz0=", "L7Ka0ZMYu+J3bL4ulW2PrqyXNo8="),
    (58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0,
     "pkvHqCL88/tg1k4cPigmZXUtL00=", "K/ee5UCqAMAQXDorP5nSa2CGLjc="),
    (1, "192.168.0.89", "192.168.0.1", 8, 0,
     "X0snYXpgwiv9TZtqg64sgzUn6Dk=", "03g6IloqVBdcZlPyX8r0hgoE7kA="),
    (1, "192.168.0.1", "192.168.0.89", 0, 0,
     "X0snYXpgwiv9TZtqg64sgzUn6Dk=", "03g6IloqVBdcZlPyX8r0hgoE7kA="),
    (1, "10.0.0.1", "10.0.0.2", 11, 0,
     "YHxtAirCG//0OzkcVAukqKQN9xM=", "XjUibYHaafLQ3pxQeiMI8g25q20="),
    (6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
     "/qFaeAR+gFe1KYjMzVDsMv+wgU4=", "eJYTW6AOzFLlSUoESovMjnu7rMw="),
    (132, "192.168.170.8", "192.168.170.56", 7, 7,
     "MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "5w3ZRjeKBzqT3zsaEECDGjUbYeg="),
    (6, "128.232.110.120", "66.35.250.204", 34855, 80,
     "LQU9qZlK+B5F3KDmev6m5PMibrg=", "3V71V58M3Ksw/yuFALMcW0LAHvc="),
    (17, "192.168.1.52", "8.8.8.8", 54585, 53,
     "d/FP5EW3wiY1vCndhwleRRKHowQ=", "Q9We8WO3piVF8yEQBNJF4uiSVrI="),
    (46, "10.1.12.1", "10.1.12.2", 0, 0,
     "KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "rYir8gphR31noO9iDRQmF/BteEI="),
]  # fmt: skip


def key(protocol: int, source: str, destination: str, first: int, second: int) -> Key:
    return key_of(
        row(
            source,
            destination,
            protocol,
            src_port=first,
            dst_port=second,
            icmp_type=first & 255,
            icmp_code=second & 255,
        )
    )


@pytest.mark.parametrize(("protocol", "source", "destination", "first", "second", "expected", "seeded"), BASELINE)
def test_the_specifications_examples(
    protocol: int, source: str, destination: str, first: int, second: int, expected: str, seeded: str
) -> None:
    made = key(protocol, source, destination, first, second)
    assert community_id(made) == f"1:{expected}"
    assert community_id(made, 1) == f"1:{seeded}"
    if not made.one_way:
        assert community_id(made.turned()) == f"1:{expected}"


addresses = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)), st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6))
)
ports = st.integers(0, 0xFFFF)


@settings(deadline=None)
@given(addresses, st.sampled_from([1, 6, 17, 58, 132, 46, 47, 89]), ports, ports, ports)
def test_as_the_package_has_it(ends: tuple[object, object], protocol: int, first: int, second: int, seed: int) -> None:
    if protocol in (1, 58):
        first, second = first & 255, second & 255
    made = key(protocol, str(ends[0]), str(ends[1]), first, second)
    theirs = (ip_address(str(ends[0])).packed, ip_address(str(ends[1])).packed)
    if protocol in (46, 47, 89):
        flow = communityid.FlowTuple(protocol, *theirs)
    else:
        flow = communityid.FlowTuple(protocol, *theirs, first, second)
    assert community_id(made, seed) == communityid.CommunityID(seed=seed).calc(flow)
    assert made.one_way == flow.is_one_way
