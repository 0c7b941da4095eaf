"""ICMP's types and codes in words (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1, RFC 4443 §3, RFC 8883)."""

from __future__ import annotations

UNREACHABLE_4, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED_4, PARAMETER_PROBLEM_4 = 3, 4, 5, 11, 12
UNREACHABLE_6, PACKET_TOO_BIG, TIME_EXCEEDED_6, PARAMETER_PROBLEM_6 = 1, 2, 3, 4
PROBLEMS_4 = (UNREACHABLE_4, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED_4, PARAMETER_PROBLEM_4)
PROBLEMS_6 = (UNREACHABLE_6, PACKET_TOO_BIG, TIME_EXCEEDED_6, PARAMETER_PROBLEM_6)

TYPES_4 = {
    0: "echo reply",
    3: "destination unreachable",
    4: "source quench",
    5: "redirect",
    8: "echo request",
    9: "router advertisement",
    10: "router solicitation",
    11: "time exceeded",
    12: "parameter problem",
    13: "timestamp request",
    14: "timestamp reply",
    15: "information request",
    16: "information reply",
    17: "address mask request",
    18: "address mask reply",
    42: "extended echo request",
    43: "extended echo reply",
}
TYPES_6 = {
    1: "destination unreachable",
    2: "packet too big",
    3: "time exceeded",
    4: "parameter problem",
    128: "echo request",
    129: "echo reply",
    130: "multicast listener query",
    131: "multicast listener report",
    132: "multicast listener done",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbor solicitation",
    136: "neighbor advertisement",
    137: "redirect",
    143: "multicast listener report, version 2",
    160: "extended echo request",
    161: "extended echo reply",
}

_CODES_4 = {
    (3, 0): "network unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "fragmentation needed, but forbidden",
    (3, 5): "source route failed",
    (3, 6): "destination network unknown",
    (3, 7): "destination host unknown",
    (3, 8): "source host isolated",
    (3, 9): "network administratively prohibited",
    (3, 10): "host administratively prohibited",
    (3, 11): "network unreachable for this type of service",
    (3, 12): "host unreachable for this type of service",
    (3, 13): "communication administratively prohibited",
    (3, 14): "host precedence violation",
    (3, 15): "precedence cutoff in effect",
    (5, 0): "redirect for the network",
    (5, 1): "redirect for the host",
    (5, 2): "redirect for the type of service and network",
    (5, 3): "redirect for the type of service and host",
    (11, 0): "time to live exceeded in transit",
    (11, 1): "fragment reassembly time exceeded",
    (12, 0): "parameter problem: the pointer shows where",
    (12, 1): "parameter problem: a required option is missing",
    (12, 2): "parameter problem: bad length",
}
_CODES_6 = {
    (1, 0): "no route to destination",
    (1, 1): "communication administratively prohibited",
    (1, 2): "beyond the scope of the source address",
    (1, 3): "address unreachable",
    (1, 4): "port unreachable",
    (1, 5): "source address failed the ingress or egress policy",
    (1, 6): "reject route to destination",
    (1, 7): "error in the source routing header",
    (1, 8): "headers too long",
    (3, 0): "hop limit exceeded in transit",
    (3, 1): "fragment reassembly time exceeded",
    (4, 0): "erroneous header field",
    (4, 1): "unrecognized next header",
    (4, 2): "unrecognized IPv6 option",
    (4, 3): "first fragment has an incomplete header chain",
}


def name_of(version: int, kind: int) -> str:
    """A message's type in words."""
    return (TYPES_4 if version == 4 else TYPES_6).get(kind, f"ICMP type {kind}")


def in_words(version: int, kind: int, code: int) -> str:
    """A message's type and code in words."""
    known = (_CODES_4 if version == 4 else _CODES_6).get((kind, code))
    if known is not None:
        return known
    return name_of(version, kind) + (f", code {code}" if code else "")
