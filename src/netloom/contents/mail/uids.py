"""Which file of a Maildir has which UID, and which letter stands for which keyword, in files beside the messages."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from netloom.contents.mail import disk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

UIDS = "netloom-uids"
KEYWORDS = "netloom-keywords"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Those that a Maildir leaves to its readers for keywords."""

_HEADER = re.compile(r"netloom-uids 1 validity=(\d{1,10}) next=(\d{1,10})")
_SLACK = 1000


class UidList:
    """The file `netloom-uids`: a header, then `UID BASENAME` lines by UID, to which new ones are appended.

    To be used inside the mailbox's lock. `known` is base name to UID; `next` the UID that comes next.
    """

    def __init__(self, folder: Path, validity: int) -> None:
        self.place = folder / UIDS
        self.validity = validity
        self.next = 1
        self.known: dict[str, int] = {}
        self._seen: tuple[int, int, int] | None = None
        self._is_new = True

    def load(self) -> None:
        """Read what another process may have written."""
        try:
            stat = self.place.stat()
        except FileNotFoundError:
            self._lose()
            return
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen == self._seen:
            return
        text = self.place.read_text(encoding="utf-8", errors="surrogateescape")
        lines = text.split("\n")
        header = _HEADER.fullmatch(lines[0])
        if header is None:
            self._lose()
            return
        self.validity, self.next, self.known = int(header[1]), int(header[2]), {}
        for line in lines[1:-1]:  # a line without its end was never finished
            uid, _, base = line.partition(" ")
            if uid.isdecimal() and len(uid) <= 10 and base:
                self.known[base] = int(uid)
                self.next = max(self.next, int(uid) + 1)
        self._is_new = bool(lines[-1])  # written anew before anything is appended
        self._seen = seen

    def _lose(self) -> None:
        """Without a readable header the old UIDs mean nothing, and a new validity says so (RFC 9051 §2.3.1.1)."""
        if self.known:
            self.validity = max(int(time.time()), self.validity + 1)
        self._seen, self._is_new, self.known = None, True, {}

    def assign(self, bases: Iterable[str], present: Iterable[str]) -> None:
        """Give each of some base names the next UID, durably; lines of files that aren't `present` go in time."""
        fresh = list(bases)
        for base in fresh:
            self.known[base] = self.next
            self.next += 1
        there = set(present)
        if self._is_new or sum(base not in there for base in self.known) > _SLACK + len(there):
            self.known = {base: uid for base, uid in self.known.items() if base in there}
            lines = [f"netloom-uids 1 validity={self.validity} next={self.next}"]
            lines += [f"{uid} {base}" for base, uid in self.known.items()]
            disk.replace(self.place, "\n".join(lines) + "\n")
            self._is_new = False
        elif fresh:
            disk.append(self.place, "".join(f"{self.known[base]} {base}\n" for base in fresh))
        else:
            return
        stat = self.place.stat()
        self._seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)


class Keywords:
    """The file `netloom-keywords`: a letter and a keyword a line."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / KEYWORDS
        self.letters: dict[str, str] = {}
        """Keywords by letter."""

    def load(self) -> None:
        """Read what another process may have written."""
        try:
            text = self.place.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            self.letters = {}
            return
        found = (line.partition(" ") for line in text.split("\n"))
        self.letters = {letter: word for letter, _, word in found if letter in LETTERS and len(letter) == 1 and word}

    def letter(self, keyword: str) -> str:
        """The letter of a keyword, a new one where it has none; "" where none is left."""
        for letter, known in self.letters.items():
            if known.lower() == keyword.lower():
                return letter
        free = next((letter for letter in LETTERS if letter not in self.letters), "")
        if free:
            self.letters[free] = keyword
            disk.replace(self.place, "".join(f"{letter} {word}\n" for letter, word in self.letters.items()))
        return free
