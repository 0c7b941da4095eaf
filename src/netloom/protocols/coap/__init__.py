"""CoAP: a device's resources for those with little power and little memory (RFC 7252, 7641, 7959, 6690, 9175, 7967)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="coap",
    rfc="RFC 7252",
    summary="read, write and observe the resources of small devices",
    schemes={"coap": Scheme(5683, "udp")},
    contents=("registers", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom listen coap://127.0.0.1/sensors/temperature",
    samples=(
        Sample(verb="get", place="/sensors/temperature"),
        Sample(verb="list"),
        Sample(verb="put", place="/setpoint", text="23.5"),
        Sample(verb="send", place="/fan", text="on"),
    ),
    # Version 1, a type that asks, a token of 0 to 7 octets, or of 8, and a code of class 0 (RFC 7252 §3)
    recognise=(
        Pattern(bytes=b"\x40\x00", mask=b"\xe8\xf8", confirm=".decode:is_request"),
        Pattern(bytes=b"\x48\x00", mask=b"\xef\xf8", confirm=".decode:is_request"),
    ),
)
