"""RDAP, the server's side: what is registered, as JSON (RFC 7480, RFC 9082, RFC 9083)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.contents import Invalid
from netloom.errors import RemoteProtocolError
from netloom.links.http.access import admit
from netloom.links.http.fields import reason
from netloom.links.http.refusing import beside, path_of
from netloom.protocols.rdap import PATH
from netloom.wire import rdap

if TYPE_CHECKING:
    from netloom.contents.registrations import Registered, Registrations
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange

# Any page may read what anybody may read (RFC 7480 §5.6).
_ANYBODY = ("access-control-allow-origin", "*")
_JSON = (("content-type", rdap.MEDIA_TYPE), _ANYBODY)
_METHODS = "GET, HEAD, OPTIONS"
_HELP = {
    "title": "Help",
    "description": [
        f"Look up {', '.join(f'/{kind}/…' for kind in rdap.LOOKUPS)};",
        "search " + ", ".join(f"/{kind}?{by}=…" for kind, ways in rdap.SEARCHES.items() for by in ways) + ".",
        "A * stands for the rest of a name, or of its first label.",
    ],
}


async def serve(link: Exchange, content: Registrations, context: Context) -> None:
    """One request."""
    started = time.time()
    user = ""
    try:
        if (no := context.refuses("query", target=path_of(link.request))) is not None:
            await link.respond(no.number, (*_JSON, *beside(no.number)), _error(no.number, no.words()))
            return
        admitted, account = await admit(link, context, fields=(_ANYBODY,))
        user = account.name if account is not None else ""
        if admitted:
            await _respond(link, content, (context.endpoint.path or PATH).rstrip("/"))
    finally:
        context.access(
            link.request.method, link.request.target, status=str(link.status), user=user, size=link.sent,
            started=started,
        )  # fmt: skip


async def _respond(link: Exchange, content: Registrations, base: str) -> None:
    request = link.request
    if request.method == "OPTIONS":
        await link.respond(204, (("allow", _METHODS), _ANYBODY, ("access-control-allow-methods", _METHODS)))
        return
    if request.method not in ("GET", "HEAD"):
        await link.respond(405, (*_JSON, ("allow", _METHODS)), _error(405, "registrations are only read here"))
        return
    path, _, query = request.target.partition("?")
    try:
        asked = rdap.parse_query(path.removeprefix(base).strip("/"), query)
        found = _found(asked, content)
    except (Invalid, RemoteProtocolError) as exc:
        await link.respond(400, _JSON, _error(400, exc.message))
        return
    if found is None:
        await link.respond(404, _JSON, _error(404, f"no {asked.kind} {asked.value} is registered here"))
        return
    if asked.kind not in rdap.SEARCHES and asked.kind != "help":
        here = f"{request.scheme}://{request.authority}{path}"
        links = [{"value": here, "rel": "self", "href": here, "type": rdap.MEDIA_TYPE}]
        found = {**found, "links": links + [one for one in rdap.objects(found, "links") if one.get("rel") != "self"]}
    await link.respond(200, _JSON, msgspec.json.encode({"rdapConformance": [rdap.CONFORMANCE], **found}))


def _found(asked: rdap.Query, content: Registrations) -> Registered | None:
    """An object, or a whole answer. Raises Invalid for what can't be asked for."""
    value = asked.value
    match asked.kind:
        case "help":
            return {"notices": [_HELP]}
        case "ip":
            return content.network(value)
        case "autnum":
            return content.autnum(value)
        case "domain":
            return content.domain(value)
        case "nameserver":
            return content.nameserver(value)
        case "entity":
            return content.entity(value)
        case _:
            return _searched(asked, content)


def _searched(asked: rdap.Query, content: Registrations) -> Registered:
    value = asked.value
    found: list[Registered]
    match asked.kind, asked.by:
        case "domains", "name":
            found = content.domains(value)
        case "domains", "nsLdhName":
            found = content.domains_of(value)
        case "domains", _:
            found = content.domains_at(value)
        case "nameservers", "name":
            found = content.nameservers(value)
        case "nameservers", _:
            found = content.nameservers_at(value)
        case _:
            found = content.entities(value, by=asked.by)
    told: dict[str, Any] = {rdap.RESULTS[asked.kind]: found}
    if len(found) >= content.results:
        words = f"Only the first {content.results} are told."
        told["notices"] = [{
            "title": "Search Policy", "type": "result set truncated due to excessive load", "description": [words]
        }]  # fmt: skip
    return told


def _error(status: int, words: str) -> bytes:
    """RFC 9083 §6."""
    title = reason(status) or "Refused"
    return msgspec.json.encode(
        {"rdapConformance": [rdap.CONFORMANCE], "errorCode": status, "title": title, "description": [words]}
    )
