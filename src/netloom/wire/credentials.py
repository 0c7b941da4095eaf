"""A user's name and password as a peer's bytes carried them; the password is never shown."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Credentials(Struct, frozen=True):
    """`username` proves itself with `password`, and wants to act as `authorize_as` (empty: as itself)."""

    username: str
    password: str
    authorize_as: str = ""

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r}, password=***, authorize_as={self.authorize_as!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("username", self.username), ("password", "***"), ("authorize_as", self.authorize_as)]
