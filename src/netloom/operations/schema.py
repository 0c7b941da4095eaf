"""Schema: the JSON Schema of what an operation prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

import msgspec
from msgspec import Meta

from netloom import registry
from netloom.errors import UsageError
from netloom.records import Record
from netloom.shapes import Operation, Protocol

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"

# Bytes are text where they are UTF-8; msgspec alone would say base64.
_MSGSPEC_BYTES = {"type": "string", "contentEncoding": "base64"}
_BYTES = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"base64": _MSGSPEC_BYTES},
            "required": ["base64"],
            "additionalProperties": False,
        },
    ]
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Of what."""

    operation: Annotated[str, Meta(description="the operation whose records are meant", extra={"metavar": "OPERATION"})]
    protocol: Annotated[
        str, Meta(description="with the facts of this protocol", extra={"short": "-p", "metavar": "PROTOCOL"})
    ] = ""


class Schema(
    Record,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"dialect": "$schema", "definitions": "$defs", "any_of": "anyOf"},
):
    """A JSON Schema (draft 2020-12). It is a document: output doesn't wrap it."""

    is_document: ClassVar[bool] = True

    dialect: str
    title: str = ""
    description: str = ""
    type: str = ""
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    required: list[str] = msgspec.field(default_factory=list)
    any_of: list[dict[str, Any]] = msgspec.field(default_factory=list)
    definitions: dict[str, Any] = msgspec.field(default_factory=dict)


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit the schema."""
    operation = registry.operation(request.operation)
    declared = registry.protocol(request.protocol) if request.protocol else None
    await toolbox.emit(schema_of(operation, declared))


def schema_of(operation: Operation, declared: Protocol | None = None) -> Schema:
    """The schema of an operation's records, and of a protocol's facts. Raises UsageError where no record has facts."""
    kinds = [
        kind for kind in get_args(operation.record) or (operation.record,) if not getattr(kind, "is_document", False)
    ]
    if not kinds:
        return Schema(dialect=DIALECT, title=operation.name, description="a JSON Schema", type="object")
    _, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    definitions: dict[str, Any] = _with_bytes(components)
    if declared is not None:
        _add_facts(definitions, [kind.__name__ for kind in kinds], operation, declared)
    if len(kinds) > 1:
        references = [{"$ref": _REFERENCE.format(name=kind.__name__)} for kind in kinds]
        return Schema(dialect=DIALECT, title=operation.name, any_of=references, definitions=definitions)
    root = definitions.pop(kinds[0].__name__)
    return Schema(
        dialect=DIALECT,
        title=root["title"],
        description=root.get("description", ""),
        type=root["type"],
        properties=root["properties"],
        required=root["required"],
        definitions=definitions,
    )


def _add_facts(definitions: dict[str, Any], names: list[str], operation: Operation, declared: Protocol) -> None:
    having = [name for name in names if "facts" in definitions[name]["properties"]]
    if not having:
        raise UsageError(
            f"{operation.name} tells no facts", hint="probe does: netloom schema probe --protocol PROTOCOL"
        )
    kind = registry.facts(declared)
    _, components = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    title = f"{declared.name.capitalize()}Facts"
    own = dict(components.pop(kind.__name__), title=title)
    own["properties"] = {name: about for name, about in own["properties"].items() if name != "summary"}
    own["required"] = [name for name in own.get("required", ()) if name != "summary"]
    definitions |= components
    definitions[title] = own
    for name in having:
        definitions[name]["properties"]["facts"] = {"$ref": _REFERENCE.format(name=title)}
        definitions[name]["properties"]["protocol"] = {"const": declared.name}


def _with_bytes(part: Any) -> Any:
    """The same schema with bytes as output writes them."""
    if part == _MSGSPEC_BYTES:
        return _BYTES
    if isinstance(part, dict):
        return {name: _with_bytes(item) for name, item in part.items()}
    return [_with_bytes(item) for item in part] if isinstance(part, list) else part


OPERATION = Operation(
    name="schema",
    group="automate",
    summary="the JSON Schema of what an operation prints",
    example="netloom schema probe --protocol http",
    request=Request,
    record=Schema,
    run=run,
    offline=True,
)
