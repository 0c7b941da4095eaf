"""NETCONF: a device's configuration as XML, over SSH (RFC 6241, RFC 6242)."""

from netloom.shapes import Protocol, Refusal, Sample, Scheme, Step

_OPERATIONS = (
    "get", "get-config", "edit-config", "copy-config", "delete-config", "validate", "lock", "unlock",
    "commit", "cancel-commit", "discard-changes", "close-session", "kill-session", "get-schema",
    "create-subscription",
)  # fmt: skip

PROTOCOL = Protocol(
    name="netconf",
    rfc="RFC 6241",
    summary="a device's configuration as XML",
    schemes={"netconf": Scheme(830, "ssh", channel="netconf")},
    contents=("shell",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    identity=".server:identity",
    example="netloom get 'netconf://ann@127.0.0.1:8300/running?filter=interfaces'",
    samples=(
        Sample(verb="get", place="/running?filter=system"),
        Sample(
            verb="put",
            place="/running",
            text='<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><contact>loom</contact></system>',
        ),
        Sample(verb="list", place="/"),
        Sample(verb="run", text="validate running"),
    ),
    steps=(Step("rpc"), *map(Step, _OPERATIONS)),
    refusals=(
        Refusal("in-use", "rpc", "somebody else uses it"),
        Refusal("invalid-value", "rpc", "a value that can't be"),
        Refusal("too-big", "rpc", "more than can be dealt with"),
        Refusal("missing-attribute", "rpc", "an attribute is missing"),
        Refusal("bad-attribute", "rpc", "an attribute's value can't be"),
        Refusal("unknown-attribute", "rpc", "an attribute that isn't known"),
        Refusal("missing-element", "rpc", "an element is missing"),
        Refusal("bad-element", "rpc", "an element's value can't be"),
        Refusal("unknown-element", "rpc", "an element that isn't known"),
        Refusal("unknown-namespace", "rpc", "a namespace that isn't known"),
        Refusal("access-denied", "rpc", "whoever asks may not"),
        Refusal("lock-denied", "rpc", "somebody else has the lock"),
        Refusal("resource-denied", "rpc", "what it takes isn't there"),
        Refusal("rollback-failed", "rpc", "it couldn't be undone"),
        Refusal("data-exists", "rpc", "it is there already"),
        Refusal("data-missing", "rpc", "it isn't there"),
        Refusal("operation-not-supported", "rpc", "that can't be done here"),
        Refusal("operation-failed", "rpc", "for another reason"),
        Refusal("malformed-message", "rpc", "the message isn't whole XML"),
    ),
)
