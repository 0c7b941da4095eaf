"""Numbers and names of DNS: types, classes, rcodes, opcodes, EDNS options (IANA's registries, RFC 6895)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError

TYPES = {
    "A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11,
    "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "X25": 19, "ISDN": 20, "RT":
    21, "NSAP": 22, "NSAP-PTR": 23, "SIG": 24, "KEY": 25, "PX": 26, "GPOS": 27, "AAAA": 28, "LOC": 29, "NXT": 30,
    "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37, "A6": 38, "DNAME": 39, "OPT": 41, "APL": 42, "DS": 43, "SSHFP":
    44, "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA":
    52, "SMIMEA": 53, "HIP": 55, "NINFO": 56, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63,
    "SVCB": 64, "HTTPS": 65, "DSYNC": 66, "HHIT": 67, "BRID": 68, "SPF": 99, "UNSPEC": 103, "NID": 104, "L32": 105,
    "L64": 106, "LP": 107, "EUI48": 108, "EUI64": 109, "NXNAME": 128, "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR":
    252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257, "AVC": 258, "AMTRELAY": 260, "RESINFO":
    261, "WALLET": 262, "TA": 32768, "DLV": 32769,
}  # fmt: skip
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "NONE": 254, "ANY": 255}
RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET":
    7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "DSOTYPENI": 11, "BADVERS": 16, "BADKEY": 17, "BADTIME": 18,
    "BADMODE": 19, "BADNAME": 20, "BADALG": 21, "BADTRUNC": 22, "BADCOOKIE": 23,
}  # fmt: skip
OPCODES = {"QUERY": 0, "IQUERY": 1, "STATUS": 2, "NOTIFY": 4, "UPDATE": 5, "DSO": 6}

A, NS, CNAME, SOA, PTR, HINFO, MX, TXT, AAAA, SRV, OPT, RRSIG, TSIG, IXFR, AXFR, ANY, CAA = (
    1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 41, 46, 250, 251, 252, 255, 257,
)  # fmt: skip
IN, CH, CLASS_NONE, CLASS_ANY = 1, 3, 254, 255
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, NOTAUTH, BADVERS, BADCOOKIE = 0, 1, 2, 3, 4, 5, 9, 16, 23
QUERY, NOTIFY, UPDATE = 0, 4, 5

# The header's flags (RFC 1035 §4.1.1, RFC 4035 §3.2).
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
FLAGS = (("qr", QR), ("aa", AA), ("tc", TC), ("rd", RD), ("ra", RA), ("ad", AD), ("cd", CD))
DO = 0x8000
"""The only flag of EDNS (RFC 3225)."""

# EDNS options: RFC 5001, 7871, 7873, 7828, 7830, 8914.
OPTION_NSID, OPTION_SUBNET, OPTION_COOKIE, OPTION_KEEPALIVE, OPTION_PADDING, OPTION_ERROR = 3, 8, 10, 11, 12, 15

ERRORS = (
    "Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
    "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
    "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored",
    "Filtered", "Prohibited", "Stale NXDomain Answer", "Not Authoritative", "Not Supported",
    "No Reachable Authority", "Network Error", "Invalid Data", "Signature Expired before Valid", "Too Early",
    "Unsupported NSEC3 Iterations Value", "Unable to conform to policy", "Synthesized", "Invalid Query Type",
    "Rate Limited", "Over Quota",
)  # fmt: skip
"""Extended DNS errors by their code (RFC 8914 §4)."""

_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_CLASS_NAMES = {number: name for name, number in CLASSES.items()}
_RCODE_NAMES = {number: name for name, number in RCODES.items()}
_OPCODE_NAMES = {number: name for name, number in OPCODES.items()}


def type_name(number: int) -> str:
    """A type's mnemonic, or TYPEnnn (RFC 3597 §5)."""
    return _TYPE_NAMES.get(number) or f"TYPE{number}"


def class_name(number: int) -> str:
    """A class's mnemonic, or CLASSnnn (RFC 3597 §5)."""
    return _CLASS_NAMES.get(number) or f"CLASS{number}"


def rcode_name(number: int) -> str:
    """An rcode's mnemonic, or RCODEnnn."""
    return _RCODE_NAMES.get(number) or f"RCODE{number}"


def opcode_name(number: int) -> str:
    """An opcode's mnemonic, or OPCODEnn."""
    return _OPCODE_NAMES.get(number) or f"OPCODE{number}"


def type_number(name: str) -> int:
    """The type of a mnemonic or of TYPEnnn. Raises LocalProtocolError."""
    return _number(name, TYPES, "TYPE", "type")


def class_number(name: str) -> int:
    """The class of a mnemonic or of CLASSnnn. Raises LocalProtocolError."""
    return _number(name, CLASSES, "CLASS", "class")


def _number(name: str, known: dict[str, int], prefix: str, what: str) -> int:
    upper = name.upper()
    found = known.get(upper)
    if found is not None:
        return found
    digits = upper.removeprefix(prefix)
    if digits != upper and digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= 0xFFFF:
        return int(digits)
    import difflib

    near = difflib.get_close_matches(upper, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"a mnemonic such as {next(iter(known))}, or {prefix}nnn"
    raise LocalProtocolError(f"{name[:40]!r} is no {what} of DNS", rule="RFC 6895 §3.1", hint=hint)
