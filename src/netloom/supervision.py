"""A server as its supervisor wants it: it says when it is ready (sd_notify(3)), and gives up what it needn't be."""

from __future__ import annotations

import os
import socket

from netloom.errors import CapabilityError, UsageError


def tell_supervisor(*words: str) -> bool:
    """Say `READY=1`, `STOPPING=1`, `STATUS=…` to who started us; whether anybody wanted to hear it."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect("\0" + place[1:] if place.startswith("@") else place)
            sock.sendall("\n".join(words).encode())
        except OSError:  # who doesn't listen any more needn't stop the server
            return False
    return True


class User:
    """Somebody to become, looked up before anything is opened: `NAME` or `NAME:GROUP`, or their numbers.

    Raises UsageError where there is no such user, CapabilityError where this process may not become another.
    """

    def __init__(self, text: str) -> None:
        import grp
        import pwd

        name, _, group = text.partition(":")
        try:
            found = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
        except (KeyError, OverflowError):
            raise UsageError(f"there is no user {name!r}", hint="--user NAME or NAME:GROUP") from None
        try:
            chosen = found.pw_gid if not group else int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
        except KeyError:
            raise UsageError(f"there is no group {group!r}", hint="--user NAME or NAME:GROUP") from None
        self.name, self.uid, self.gid = found.pw_name, found.pw_uid, chosen
        if os.geteuid() != 0 and os.geteuid() != self.uid:
            raise CapabilityError(
                f"only root can become {self.name}", hint="start as root, or without --user as the user that you are"
            )

    def become(self) -> None:
        """From now on this process is that user, and can't be another again."""
        if os.geteuid() != 0:
            return
        os.initgroups(self.name, self.gid)
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
