"""A lab's file, read: whatever is wrong in it is told with its line, its key and what would be right."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args, get_origin

import msgspec

from netloom.endpoint import Endpoint, as_options, suggest
from netloom.errors import NetloomError, UsageError
from netloom.kinds import in_words, where
from netloom.labs.town import Account, Network, Relay, Router, Server, Town
from netloom.links.faults.text import several
from netloom.options import link_options
from netloom.registry import content as named_content
from netloom.registry import content_class, settle

LIMIT = 1024 * 1024
"""Octets of a file."""
HERE = "{here}"
"""What stands for the file's folder in contents and options."""

_TABLES: dict[str, type[msgspec.Struct]] = {
    "accounts": Account, "networks": Network, "routers": Router, "servers": Server, "relays": Relay,
}  # fmt: skip
_PLACE = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
_PART = r"\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+"
_DOTTED = rf"((?:{_PART})(?:\s*\.\s*(?:{_PART}))*)"
_HEAD = re.compile(rf"\s*\[+\s*{_DOTTED}\s*\]")
_KEY = re.compile(rf"\s*{_DOTTED}\s*=")


class LabFile:
    """One file. `town` is what it describes; nothing of it runs yet. `stamp` tells whether it has been read since."""

    def __init__(self, path: str) -> None:
        """Raises UsageError."""
        self.path = Path(path)
        self._lines: list[str] = []
        self.stamp = self.look()
        self.town = self._checked(self._read())

    def fail(self, keys: tuple[str, ...], message: str, hint: str = "") -> NoReturn:
        """Raise UsageError with the line in which the keys stand, or as much of them as does."""
        place = f"{self.path}, line {self.line(keys)}" if self._lines else str(self.path)
        raise UsageError(f"{place}: {'.'.join(keys)}: {message}" if keys else f"{place}: {message}", hint=hint)

    def look(self) -> tuple[int, int] | None:
        """When it was last written (nanoseconds since 1970) and its size; None where it isn't there."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def line(self, keys: tuple[str, ...]) -> int:
        """The number of the line where the last of the keys is set, from 1."""
        best, found = 0, 1
        table: tuple[str, ...] = ()
        for number, text in enumerate(self._lines, 1):
            if head := _HEAD.match(text):
                table = _split(head[1])
                here = table
            elif key := _KEY.match(text):
                here = (*table, *_split(key[1]))
            else:
                continue
            common = next(
                (at for at, (a, b) in enumerate(zip(here, keys, strict=False)) if a != b), min(len(here), len(keys))
            )
            if common == len(here) and common > best:
                best, found = common, number
        return found

    # Reading

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                data = file.read(LIMIT + 1)
        except OSError as exc:
            raise UsageError(f"the lab {self.path} can't be read: {exc.strerror}") from None
        if len(data) > LIMIT:
            self.fail((), f"a lab's file has {LIMIT} octets at most")
        try:
            text = data.decode()
            values = tomllib.loads(text)
        except UnicodeDecodeError:
            self.fail((), "TOML is UTF-8")
        except tomllib.TOMLDecodeError as exc:
            found = _PLACE.match(str(exc))
            line = f", line {found[2]}, column {found[3]}" if found and found[2] else ", at its end" if found else ""
            message = found[1] if found else str(exc)
            raise UsageError(f"{self.path}{line}: no TOML: {message[0].lower()}{message[1:]}") from None
        self._lines = text.splitlines()
        return values

    def _checked(self, values: dict[str, Any]) -> Town:
        known = Town.__struct_fields__
        for name in values:
            if name not in known:
                self.fail((name,), "a lab has no such table", suggest(name, known) or f"tables: {', '.join(known)}")
        made: dict[str, Any] = {"title": self._text(values, ("title",)), "contents": {}}
        for name in self._table(values, "contents"):
            made["contents"][name] = self._text(values["contents"], ("contents", name))
        for table, kind in _TABLES.items():
            made[table] = {
                name: self._made((table, name), value, kind) for name, value in self._table(values, table).items()
            }
        town = Town(**made)
        self._check(town)
        return town

    def _table(self, values: dict[str, Any], name: str) -> dict[str, Any]:
        table = values.get(name, {})
        if not isinstance(table, dict):
            self.fail((name,), "a table is expected", f"[{name}]")
        for each in table:
            if not _NAME.fullmatch(each):
                self.fail((name, each), "names have up to 40 letters, digits, - and _")
        return table

    def _text(self, values: dict[str, Any], keys: tuple[str, ...]) -> str:
        found = values.get(keys[-1], "")
        if not isinstance(found, str):
            self.fail(keys, f"a text is expected, not {found!r}")
        return found.replace(HERE, str(self.path.resolve().parent))

    def _made(self, keys: tuple[str, ...], value: Any, kind: type[msgspec.Struct]) -> Any:
        if kind is Account and isinstance(value, str):
            value = {"password": value}
        if not isinstance(value, dict):
            self.fail(keys, "a table is expected", f"[{'.'.join(keys)}]")
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for name in value:
            if name not in fields:
                self.fail(
                    (*keys, name), "there is no such key here", suggest(name, fields) or f"keys: {', '.join(fields)}"
                )
        for name, field in fields.items():
            if field.required and name not in value:
                self.fail(keys, f"{name} is missing: {_words(field.type)}")
        try:
            return msgspec.convert(self._placed(value), kind)
        except msgspec.ValidationError as exc:
            name = where(exc)
            self.fail((*keys, name), f"{_words(fields[name].type)} is expected, not {value[name]!r}")

    def _placed(self, value: Any) -> Any:
        """Values with the file's folder in the place of `{here}`."""
        if isinstance(value, str):
            return value.replace(HERE, str(self.path.resolve().parent))
        if isinstance(value, list):
            return [self._placed(each) for each in value]
        return {name: self._placed(each) for name, each in value.items()} if isinstance(value, dict) else value

    # Checking

    def _check(self, town: Town) -> None:
        """What a town says has to be possible, as far as that can be told before anything begins."""
        if not town.servers and not town.relays:
            self.fail((), "a lab needs a server", '[servers.web]\nendpoints = ["http://:8080"]')
        for name, text in town.contents.items():
            self._try(("contents", name), lambda text=text: self._content(text))
        for name, network in town.networks.items():
            self._try(("networks", name, "cidr"), lambda cidr=network.cidr: _network(cidr))
        for name, router in town.routers.items():
            for each in router.networks:
                self._known(("routers", name, "networks"), each, town.networks, "network")
        for name, server in town.servers.items():
            self._check_server(("servers", name), server, town)
        for name, relay in town.relays.items():
            self._check_relay(("relays", name), relay, town)

    def _check_server(self, keys: tuple[str, ...], server: Server, town: Town) -> None:
        for text in server.endpoints:
            self._try((*keys, "endpoints"), lambda text=text: settle(Endpoint.parse(text)))
        if server.content and server.content not in town.contents:
            self._try((*keys, "content"), lambda: self._content(server.content, town))
        for name in server.accounts or ():
            self._known((*keys, "accounts"), name, town.accounts, "account")
        self._check_common(keys, server, town)

    def _check_relay(self, keys: tuple[str, ...], relay: Relay, town: Town) -> None:
        self._try((*keys, "listen"), lambda: settle(Endpoint.parse(relay.listen)))
        for key, text in (("target", relay.target), *(("names", text) for text in relay.names.values())):
            if text not in town.servers:
                self._try((*keys, key), lambda text=text: settle(Endpoint.parse(text)))
        self._check_common(keys, relay, town)

    def _check_common(self, keys: tuple[str, ...], one: Server | Relay, town: Town) -> None:
        for text in one.faults:
            self._try((*keys, "faults"), lambda text=text: list(several(text)))
        if isinstance(one, Relay):
            self._try((*keys, "options"), lambda: link_options(as_options(one.options)))
        if one.network:
            self._known((*keys, "network"), one.network, town.networks, "network")
        if one.address:
            if not one.network:
                self.fail((*keys, "address"), "an address is one of a network", 'network = "…"')
            self._try((*keys, "address"), lambda: _inside(one.address, town.networks[one.network].cidr))

    def _content(self, text: str, town: Town | None = None) -> None:
        kind = text.partition(":")[0]
        if town is not None and content_class(kind) is None:
            near = suggest(kind, town.contents)
            raise UsageError(f"there is no content {text!r}", hint=near or "a name of [contents], or KIND[:ARGUMENT]")
        named_content(text)

    def _known(self, keys: tuple[str, ...], name: str, among: dict[str, Any], what: str) -> None:
        if name not in among:
            there = ", ".join(among) or "none"
            self.fail(keys, f"there is no {what} {name!r}", suggest(name, among) or f"{what}s: {there}")

    def _try(self, keys: tuple[str, ...], check: Any) -> None:
        try:
            check()
        except NetloomError as exc:
            self.fail(keys, exc.message, exc.hint)


def _words(kind: Any) -> str:
    """What a key takes. What stands in a list or a table is told of one of its values."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    bare = next((part for part in get_args(bare) if get_origin(part) is list), bare)
    if get_origin(bare) is list:
        return "a list of texts"
    return "a table" if get_origin(bare) is dict else in_words(kind)


def _split(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))


def _network(cidr: str) -> None:
    try:
        ip_network(cidr)
    except ValueError as exc:
        raise UsageError(str(exc), hint="10.1.0.0/24") from None


def _inside(address: str, cidr: str) -> None:
    try:
        fits = ip_address(address) in ip_network(cidr)
    except ValueError as exc:
        raise UsageError(str(exc)) from None
    if not fits:
        raise UsageError(f"{address} isn't in {cidr}")
