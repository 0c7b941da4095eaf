"""Telnet's numbers and their names (RFC 854, RFC 855; IANA's registry of options)."""

from __future__ import annotations

EOR, SE, NOP, DM, BRK, IP, AO, AYT, EC, EL, GA, SB, WILL, WONT, DO, DONT, IAC = range(239, 256)
EOF, SUSP, ABORT = 236, 237, 238  # RFC 1184

BINARY = 0  # RFC 856
ECHO = 1  # RFC 857
SGA = 3  # RFC 858
STATUS = 5  # RFC 859
TIMING_MARK = 6  # RFC 860
TTYPE = 24  # RFC 1091
END_OF_RECORD = 25  # RFC 885
NAWS = 31  # RFC 1073
TSPEED = 32  # RFC 1079
LINEMODE = 34  # RFC 1184
NEW_ENVIRON = 39  # RFC 1572
CHARSET = 42  # RFC 2066

COMMANDS = {
    EOF: "EOF", SUSP: "SUSP", ABORT: "ABORT", EOR: "EOR", SE: "SE", NOP: "NOP", DM: "DM", BRK: "BRK", IP: "IP",
    AO: "AO", AYT: "AYT", EC: "EC", EL: "EL", GA: "GA", SB: "SB", WILL: "WILL", WONT: "WONT", DO: "DO", DONT: "DONT",
}  # fmt: skip
OPTIONS = {
    BINARY: "BINARY", ECHO: "ECHO", 2: "RECONNECTION", SGA: "SGA", STATUS: "STATUS", TIMING_MARK: "TIMING-MARK",
    7: "RCTE", 8: "NAOL", 9: "NAOP", 10: "NAOCRD", 17: "EXTENDED-ASCII", 18: "LOGOUT", 23: "SEND-LOCATION",
    TTYPE: "TTYPE", END_OF_RECORD: "EOR", 26: "TUID", NAWS: "NAWS", TSPEED: "TSPEED", 33: "LFLOW",
    LINEMODE: "LINEMODE", 35: "XDISPLOC", 36: "ENVIRON", 37: "AUTHENTICATION", 38: "ENCRYPT",
    NEW_ENVIRON: "NEW-ENVIRON", 40: "TN3270E", CHARSET: "CHARSET", 44: "COM-PORT", 46: "START-TLS", 70: "MSSP",
    85: "MCCP1", 86: "MCCP2", 87: "MCCP3", 90: "MSP", 91: "MXP", 200: "ATCP", 201: "GMCP", 255: "EXOPL",
}  # fmt: skip


def option_name(number: int) -> str:
    """An option as people call it."""
    return OPTIONS.get(number, f"option {number}")
