"""Schemas: whatever a run prints validates against the one that is published for it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from netloom import registry
from netloom.errors import UsageError
from netloom.operations.schema import schema_of
from netloom.output.text.plain import encode
from netloom.records import ProbeRecord
from netloom.runs import Run
from tests.output.examples import probed, refused, reply

OPERATIONS = [operation.name for operation in registry.operations()]


def document(operation: str, protocol: str = "") -> dict[str, Any]:
    """The schema as it is printed; it must be one."""
    declared = registry.protocol(protocol) if protocol else None
    made: dict[str, Any] = json.loads(encode(schema_of(registry.operation(operation), declared)))
    Draft202012Validator.check_schema(made)
    return made


def validator(operation: str, protocol: str = "") -> Draft202012Validator:
    return Draft202012Validator(document(operation, protocol))


def printed(record: Any) -> Any:
    return json.loads(encode(record))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_has_a_schema(operation: str) -> None:
    assert document(operation)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("protocol", registry.names("protocols"))
def test_facts_of_each_protocol(protocol: str) -> None:
    found = document("probe", protocol)
    known = set(registry.facts(registry.protocol(protocol)).__struct_fields__) - {"summary"}
    facts = found["properties"]["facts"]["$ref"].rpartition("/")[2]
    assert set(found["$defs"][facts]["properties"]) == known
    validator("probe", protocol).validate(printed(refused(protocol=protocol)))


def test_a_run_validates() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        (record,) = Run[ProbeRecord].prepare("probe", (place,), {})
    assert record.status == "success"
    validator("probe").validate(printed(record))
    validator("probe", "tcp").validate(printed(record))
    with pytest.raises(ValidationError):
        validator("probe", "ntp").validate(printed(record))


def test_what_is_no_record_does_not_validate() -> None:
    good = printed(probed())
    wrong: dict[str, Any]
    for wrong in ({"status": "fine"}, {"duration": "long"}, {"phases": {"tls": "x"}}, {"tls": {}}):
        with pytest.raises(ValidationError):
            validator("probe").validate(good | wrong)
    with pytest.raises(ValidationError):
        validator("probe", "http").validate(good | {"facts": {"status": "200"}})
    with pytest.raises(ValidationError):
        validator("probe").validate({name: value for name, value in good.items() if name != "status"})


def test_bytes_are_text_or_base64() -> None:
    for body in (b"text", b"\xff", None):
        validator("get").validate(printed(reply(body=body)))
    with pytest.raises(ValidationError):
        validator("get").validate(printed(reply()) | {"body": {"hex": "ff"}})


def test_a_union_takes_each_of_its_records() -> None:
    assert len(document("serve")["anyOf"]) == 2
    found = validator("serve")
    found.validate({"endpoint": "tcp://127.0.0.1:1", "protocol": "tcp", "content": "echo"})
    with pytest.raises(ValidationError):
        found.validate({"endpoint": 5})


def test_only_probes_have_facts() -> None:
    with pytest.raises(UsageError, match="get tells no facts"):
        schema_of(registry.operation("get"), registry.protocol("tcp"))


def test_the_operation_emits_one_document() -> None:
    (emitted,) = Run[Any].prepare("schema", ("probe",), {"protocol": "ntp"})
    assert emitted.is_document
    assert printed(emitted)["title"] == "ProbeRecord"
