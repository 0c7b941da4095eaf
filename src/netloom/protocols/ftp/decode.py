"""FTP, the passive decoder: the dialogue in words, without passwords (RFC 959 §4)."""

from __future__ import annotations

import re

from netloom.records import Said

_LINE = 16 * 1024
_SHOWN = 200
_HIDDEN = "•••"
_VERB = re.compile(rb"(?:\xff[\xf0-\xfe]?)*([A-Za-z]{3,8})(?: |$)")
_GREETING = re.compile(rb"220[ -][^\r\n]*", re.IGNORECASE)
_LOGIN = re.compile(rb"USER [!-~\x80-\xff][^\r\n]*\r\n", re.IGNORECASE)
_SECRETS = frozenset(("PASS", "ACCT"))
_KNOWN = _SECRETS | {
    "USER", "AUTH", "PBSZ", "PROT", "CCC", "REIN", "QUIT", "HOST", "CWD", "XCWD", "CDUP", "XCUP", "PWD", "XPWD",
    "MKD", "XMKD", "RMD", "XRMD", "DELE", "RNFR", "RNTO", "TYPE", "MODE", "STRU", "ALLO", "REST", "PORT", "PASV",
    "EPRT", "EPSV", "RETR", "STOR", "STOU", "APPE", "ABOR", "LIST", "NLST", "MLSD", "MLST", "STAT", "SIZE", "MDTM",
    "MFMT", "SYST", "HELP", "NOOP", "FEAT", "OPTS", "SITE", "CLNT", "LANG", "SMNT", "ADAT", "MIC", "CONF", "ENC",
}  # fmt: skip


def is_greeting(data: bytes) -> bool:
    """Whether a server's first bytes are an FTP server's: those of mail say 220, too."""
    found = _GREETING.match(data[:1024])
    return found is not None and b"FTP" in found[0].upper() and b"SMTP" not in found[0].upper()


def is_login(data: bytes) -> bool:
    """Whether a client's first bytes are FTP's USER; POP3's looks the same, and never comes first."""
    return _LOGIN.match(data[:1024]) is not None


class Decoder:
    """Commands and replies in words. Memory is bounded; what comes after AUTH and is TLS isn't looked at."""

    def __init__(self) -> None:
        self._held = {"client": b"", "server": b""}
        self._asked = ""
        self._encrypted = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """Some bytes of one side."""
        if self._asked == "AUTH" and data[:2] == b"\x16\x03":
            self._encrypted = True
        if self._encrypted:
            return []
        data = self._held.get(sender, b"") + data
        said: list[Said] = []
        while True:
            end = data.find(b"\n")
            if end < 0 and len(data) <= _LINE:
                break
            line, data = (data[: end + 1], data[end + 1 :]) if end >= 0 else (data, b"")
            words = self._command(line) if sender == "client" else self._reply(line)
            said.append(Said(sender=sender, words=words, size=len(line)))
        self._held[sender] = data
        return said

    def _command(self, line: bytes) -> str:
        found = _VERB.match(line.rstrip(b"\r\n"))
        verb = found[1].decode("ascii").upper() if found else ""
        if found is None or verb not in _KNOWN:
            return "something that is no command"  # it may be part of a password
        self._asked = verb
        rest = _text(line[found.end(1) :])
        return f"{verb} {_HIDDEN if verb in _SECRETS and rest else rest}".rstrip()

    def _reply(self, line: bytes) -> str:
        return _text(line)


def _text(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
