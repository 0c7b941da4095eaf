"""Modbus' numbers by name: functions, exceptions, diagnoses, what identifies a device (Application §5 to §7)."""

from __future__ import annotations

RULE = "Modbus Application Protocol 1.1b3"

READ_COILS = 1
READ_DISCRETE = 2
READ_HOLDING = 3
READ_INPUT = 4
WRITE_COIL = 5
WRITE_REGISTER = 6
EXCEPTION_STATUS = 7
DIAGNOSTICS = 8
EVENT_COUNTER = 11
EVENT_LOG = 12
WRITE_COILS = 15
WRITE_REGISTERS = 16
SERVER_ID = 17
READ_FILE = 20
WRITE_FILE = 21
MASK_WRITE = 22
READ_WRITE = 23
READ_FIFO = 24
ENCAPSULATED = 43

FUNCTIONS: dict[int, str] = {
    READ_COILS: "read coils",
    READ_DISCRETE: "read discrete inputs",
    READ_HOLDING: "read holding registers",
    READ_INPUT: "read input registers",
    WRITE_COIL: "write coil",
    WRITE_REGISTER: "write register",
    EXCEPTION_STATUS: "read exception status",
    DIAGNOSTICS: "diagnostics",
    EVENT_COUNTER: "get event counter",
    EVENT_LOG: "get event log",
    WRITE_COILS: "write coils",
    WRITE_REGISTERS: "write registers",
    SERVER_ID: "report server id",
    READ_FILE: "read file record",
    WRITE_FILE: "write file record",
    MASK_WRITE: "mask write register",
    READ_WRITE: "read and write registers",
    READ_FIFO: "read fifo queue",
    ENCAPSULATED: "encapsulated interface",
}
"""The public functions that are assigned, §5.1."""

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
SERVER_FAILURE = 4
ACKNOWLEDGE = 5
BUSY = 6
PARITY = 8
NO_PATH = 10
NO_RESPONSE = 11

EXCEPTIONS: dict[int, str] = {
    ILLEGAL_FUNCTION: "illegal function",
    ILLEGAL_ADDRESS: "illegal data address",
    ILLEGAL_VALUE: "illegal data value",
    SERVER_FAILURE: "server device failure",
    ACKNOWLEDGE: "acknowledge",
    BUSY: "server device busy",
    PARITY: "memory parity error",
    NO_PATH: "gateway path unavailable",
    NO_RESPONSE: "gateway target failed to respond",
}
"""§7."""

RETURN_QUERY = 0
RESTART = 1
CLEAR_COUNTERS = 10
BUS_MESSAGES = 11
BUS_ERRORS = 12
BUS_EXCEPTIONS = 13
SERVER_MESSAGES = 14
SERVER_SILENT = 15

DIAGNOSES: dict[int, str] = {
    RETURN_QUERY: "return query data",
    RESTART: "restart communications",
    2: "return diagnostic register",
    3: "change ascii delimiter",
    4: "force listen only",
    CLEAR_COUNTERS: "clear counters",
    BUS_MESSAGES: "bus message count",
    BUS_ERRORS: "bus communication error count",
    BUS_EXCEPTIONS: "bus exception error count",
    SERVER_MESSAGES: "server message count",
    SERVER_SILENT: "server no response count",
    16: "server nak count",
    17: "server busy count",
    18: "bus character overrun count",
    20: "clear overrun counter",
}
"""§6.8.1."""

IDENTIFICATION = 14
"""The encapsulated interface that identifies a device, §6.21."""
BASIC, REGULAR, EXTENDED, ONE_OBJECT = 1, 2, 3, 4

OBJECTS: dict[int, str] = {
    0: "vendor",
    1: "product code",
    2: "revision",
    3: "vendor url",
    4: "product name",
    5: "model",
    6: "application",
}
"""What identifies a device: 0 to 2 are basic, 3 to 6 regular, 128 and above the vendor's own."""

BITS_AT_ONCE = 2000
WORDS_AT_ONCE = 125
BITS_WRITTEN = 1968
WORDS_WRITTEN = 123
WORDS_READ_WRITTEN = 121
FIFO_AT_ONCE = 31
PDU_LIMIT = 253


def exception_name(code: int) -> str:
    """An exception in words."""
    return EXCEPTIONS.get(code, f"exception {code}")


def function_name(function: int) -> str:
    """A function in words."""
    return FUNCTIONS.get(function & 0x7F, f"function {function & 0x7F}")
