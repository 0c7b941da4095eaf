"""Modbus: a device's coils and registers, as plants have them (Modbus Application Protocol 1.1b3)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="modbus",
    rfc="Modbus Application Protocol 1.1b3",
    summary="read and write a device's coils and registers",
    schemes={"modbus": Scheme(502, "tcp"), "mbaps": Scheme(802, "tls"), "modbus+rtu": Scheme(502, "tcp")},
    contents=("registers",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom get 'modbus://192.0.2.1/holding/0?type=float32'",
    samples=(
        Sample(verb="get", place="/input/0?type=float32"),
        Sample(verb="put", place="/holding/0?type=float32", text="23.5"),
        Sample(verb="list", place="/holding/0"),
        Sample(verb="run", text="identify"),
    ),
    recognise=(Pattern(offset=2, bytes=b"\x00\x00\x00", confirm=".decode:is_request"),),
)
