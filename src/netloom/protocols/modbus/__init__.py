"""Modbus: a device's coils and registers, as plants have them (Modbus Application Protocol 1.1b3)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_FUNCTIONS = {
    1: "read_coils", 2: "read_discrete_inputs", 3: "read_holding_registers", 4: "read_input_registers",
    5: "write_coil", 6: "write_register", 7: "read_exception_status", 8: "diagnostics", 11: "get_event_counter",
    12: "get_event_log", 15: "write_coils", 16: "write_registers", 17: "report_server_id", 20: "read_file_record",
    21: "write_file_record", 22: "mask_write_register", 23: "read_and_write_registers", 24: "read_fifo_queue",
    43: "encapsulated_interface",
}  # fmt: skip

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
    replay=".replay:Replay",
    example="netloom get 'modbus://192.0.2.1/holding/0?type=float32'",
    samples=(
        Sample(verb="get", place="/input/0?type=float32"),
        Sample(verb="put", place="/holding/0?type=float32", text="23.5"),
        Sample(verb="list", place="/holding/0"),
        Sample(verb="run", text="identify"),
    ),
    steps=(Step("request"), *map(Step, _FUNCTIONS.values()), *(Step(str(number)) for number in _FUNCTIONS)),
    refusals=(
        Refusal("ILLEGAL_FUNCTION", "request", "the function isn't known or allowed", 1),
        Refusal("ILLEGAL_DATA_ADDRESS", "request", "there is no such address", 2),
        Refusal("ILLEGAL_DATA_VALUE", "request", "the value can't be", 3),
        Refusal("SERVER_DEVICE_FAILURE", "request", "the device failed", 4),
        Refusal("ACKNOWLEDGE", "request", "it was begun, and takes long", 5),
        Refusal("SERVER_DEVICE_BUSY", "request", "not now: try again later", 6),
        Refusal("MEMORY_PARITY_ERROR", "request", "the memory is damaged", 8),
        Refusal("GATEWAY_PATH_UNAVAILABLE", "request", "the gateway knows no way", 10),
        Refusal("GATEWAY_TARGET_FAILED_TO_RESPOND", "request", "the device behind the gateway is silent", 11),
    ),
    recognise=(Pattern(offset=2, bytes=b"\x00\x00\x00", confirm=".decode:is_request"),),
)
