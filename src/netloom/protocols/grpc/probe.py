"""gRPC, the probe: is the server well, by its own word, and what does it serve (grpc.health.v1, grpc.reflection)?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom import shapes
from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError, Unsupported
from netloom.links.http.messages import header
from netloom.protocols.grpc import command
from netloom.protocols.grpc.refusal import NotHere
from netloom.wire.grpc import schema, values
from netloom.wire.grpc.status import Code

if TYPE_CHECKING:
    from netloom.protocols.grpc.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a gRPC probe learns. `status` is the health check's grpc-status, `healthcheck_response` its answer.

    `reflection` is the version that tells of the services, empty where none does; `version` is HTTP's.
    """

    status_code: int | None = None
    status: str = ""
    healthcheck_response: str = ""
    reflection: str = ""
    services: list[str] = msgspec.field(default_factory=list)
    services_count: int | None = None
    encodings: list[str] = msgspec.field(default_factory=list)
    server: str = ""
    version: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Ask for its health, then for its services. A server that isn't SERVING is a failure.

    One without the health service answers rightly as well, unless the option `service` asks for a certain service.
    """
    named = client.options.service or command.of_path(client.endpoint.path)[0]
    said = [await _health(client, facts, named)]
    try:
        facts.services = sorted(await client.reflection.services())
        facts.reflection = client.reflection.version
        facts.services_count = len(facts.services)
        said += [_counted(len(facts.services)), f"reflection {facts.reflection}"]
    except (PeerRefused, Unsupported):
        said.append("no reflection")
    facts.summary = " · ".join(said)


async def _health(client: Client, facts: Facts, service: str) -> str:
    """The health in words. Raises PeerRefused where it isn't well."""
    method = schema.known().method(f"/{schema.HEALTH}/Check")
    assert method is not None  # noqa: S101  # it stands in the schema
    try:
        conversation = await client.converse(method, [{"service": service}])
        facts.version = "2"
        facts.server = header(conversation.fields, "server") or ""
        encodings = header(conversation.fields, "grpc-accept-encoding") or ""
        facts.encodings = [name.strip() for name in encodings.split(",") if name.strip()]
        replies: list[Any] = [values.parse(method.response, octets) async for octets in conversation.messages()]
    except NotHere:
        _learn(facts, Code.UNIMPLEMENTED)
        facts.summary = "no health service"
        if client.options.service:
            raise
        return facts.summary
    except NetloomError as error:
        code = getattr(error, "code", "")
        if code in Code.__members__:
            _learn(facts, Code[code])
            facts.summary = code
        raise
    _learn(facts, Code.OK)
    if len(replies) != 1:
        raise RemoteProtocolError(f"one health is expected, and {len(replies)} came")
    number = replies[0].status
    facts.healthcheck_response = (
        schema.SERVING_STATUS[number] if 0 <= number < len(schema.SERVING_STATUS) else str(number)
    )
    facts.summary = facts.healthcheck_response
    if facts.healthcheck_response != "SERVING":
        what = service or "the server"
        raise PeerRefused(f"{what} is {facts.healthcheck_response}", code=facts.healthcheck_response)
    return facts.healthcheck_response


def _learn(facts: Facts, code: Code) -> None:
    facts.status_code = int(code)
    facts.status = code.name


def _counted(count: int) -> str:
    return f"{count} service{'s' * (count != 1)}"
