"""curl's `--write-out`: a template with `%{time_total}` and its like, filled in once for each record."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.endpoint import Endpoint, suggest
from netloom.errors import NetloomError, Status, UsageError
from netloom.output import Format, View, Writer, brings, records_of
from netloom.output.raw import Raw
from netloom.output.text.plain import encode, plain
from netloom.records import Outcome, Record

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = re.compile(r"%(?P<kind>header)?\{(?P<name>[^}]*)\}|%%|\\(?P<escape>[nrt\\])|%(?:header)?\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_BEFORE = ("resolve", "connect", "proxy", "tls", "greeting", "auth", "request", "first_byte")


def _until(record: Outcome, last: str) -> str:
    """curl's times are sums from the beginning: of the phases up to one of them."""
    phases = _BEFORE[: _BEFORE.index(last) + 1]
    return f"{sum(record.phases.get(phase, 0.0) for phase in phases):.6f}"


def _fact(record: Outcome, *names: str) -> Any:
    """What a probe or a reply knows under one of these names."""
    known = getattr(record, "facts", None) or getattr(record, "meta", None) or {}
    return next((known[name] for name in names if known.get(name) not in (None, "")), "")


def _header(record: Outcome, name: str) -> str:
    headers = _fact(record, "headers")
    items = headers.items() if isinstance(headers, dict) else [pair for pair in headers or () if len(pair) == 2]
    return next(
        (str(value[0] if isinstance(value, list) else value) for key, value in items if key.lower() == name), ""
    )


def _code(record: Outcome) -> str:
    code = _fact(record, "status", "code")
    return f"{code:03d}" if isinstance(code, int) else str(code) or "000"


def _bytes(record: Outcome) -> int:
    return int(getattr(record, "size", 0) or _fact(record, "content_length", "size") or 0)


def _host(record: Outcome) -> tuple[str, str]:
    host, _, port = record.address.rpartition(":")
    return host.strip("[]"), port


VARIABLES: dict[str, Callable[[Outcome], Any]] = {
    "time_namelookup": lambda record: _until(record, "resolve"),
    "time_connect": lambda record: _until(record, "connect"),
    "time_appconnect": lambda record: _until(record, "tls") if record.phases.get("tls") else "0.000000",
    "time_pretransfer": lambda record: _until(record, "auth"),
    "time_posttransfer": lambda record: _until(record, "request"),
    "time_starttransfer": lambda record: _until(record, "first_byte"),
    "time_redirect": lambda record: f"{float(_fact(record, 'redirect_seconds') or 0.0):.6f}",
    "time_total": lambda record: f"{record.duration:.6f}",
    "http_code": _code,
    "response_code": _code,
    "http_version": lambda record: str(_fact(record, "version")).removeprefix("HTTP/") or "0",
    "num_redirects": lambda record: len(_fact(record, "redirects") or ()),
    "content_type": lambda record: _header(record, "content-type"),
    "size_download": _bytes,
    "speed_download": lambda record: round(_bytes(record) / record.duration) if record.duration else 0,
    "remote_ip": lambda record: _host(record)[0],
    "remote_port": lambda record: _host(record)[1],
    "url": lambda record: record.endpoint,
    "url_effective": lambda record: _fact(record, "url") or record.endpoint,
    "scheme": lambda record: Endpoint.parse(record.endpoint).scheme,
    "ssl_verify_result": lambda record: 0 if record.tls is None or record.tls.verified else 1,
    "num_certs": lambda record: len(record.tls.chain) if record.tls else 0,
    "exitcode": lambda record: 0 if record.status is Status.SUCCESS else 1,
    "errormsg": lambda record: record.message,
    "json": lambda record: encode(record).decode(),
}
"""curl's names for what records have."""


def compile_template(text: str, kinds: tuple[type[Record], ...]) -> list[str | Callable[[Any], str]]:
    """A template as its pieces. Raises UsageError, with the column, for a variable that no such record has."""
    pieces: list[str | Callable[[Any], str]] = []
    at = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found.group().endswith("{"):
            raise UsageError(f"'}}' is missing in the template, at column {len(text) + 1}", text=text, column=len(text))
        if found["kind"]:
            pieces.append(functools.partial(_header, name=found["name"].strip().lower()))
        elif found["name"] is None:
            pieces.append(_ESCAPES[found["escape"]] if found["escape"] else "%")
        else:
            pieces.append(_variable(found["name"].strip(), kinds, text, found.start("name")))
    pieces.append(text[at:])
    return [piece for piece in pieces if piece != ""]


def _variable(name: str, kinds: tuple[type[Record], ...], text: str, column: int) -> Callable[[Any], str]:
    if name in VARIABLES:
        value = VARIABLES[name]
        return lambda record: str(value(record))
    fields = {field for kind in kinds for field in kind.__struct_fields__}
    first, *rest = name.split(".")
    if first not in fields:
        raise UsageError(
            f"%{{{name}}} is no variable, at column {column + 1}",
            hint=suggest(name, [*VARIABLES, *fields])
            or "curl's names, or a record's fields: %{time_total} %{facts.status}",
            text=text,
            column=column,
        )
    return lambda record: _show(_look(plain(getattr(record, first, None)), rest))


def _look(value: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _show(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def read_template(text: str) -> str:
    """The template: `@FILE` reads it from a file, `@-` from standard input, as curl does."""
    if not text.startswith("@"):
        return text
    try:
        return sys.stdin.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"the template {text[1:]} can't be read: {getattr(exc, 'strerror', '') or exc}") from exc


class WriteOut(Writer):
    """The template after each record; after its body, where the operation's usual output is one."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        if not view.template:
            raise UsageError("write-out needs a template", hint="-w '%{time_total}\\n'")
        self._pieces = compile_template(read_template(view.template), records_of(view.operation))
        self._raw = Raw(view) if brings(view.operation) else None

    def record(self, record: Record) -> bytes:
        """The body, and the template filled in."""
        if not isinstance(record, Outcome):
            return b""
        body = self._raw.record(record) if self._raw else b""
        try:
            told = "".join(piece if isinstance(piece, str) else piece(record) for piece in self._pieces)
        except (TypeError, ValueError) as exc:
            raise NetloomError(f"the template can't be filled in: {exc}") from exc
        return (body.encode("utf-8", "backslashreplace") if isinstance(body, str) else body) + told.encode(
            "utf-8", "backslashreplace"
        )

    def aside(self, record: Record) -> str:
        """As raw output has it."""
        return self._raw.aside(record) if self._raw else ""


FORMAT = Format(
    name="write-out", summary="curl's template: -w '%{http_code} %{time_total}\\n'", writer=WriteOut, fits=Outcome
)
