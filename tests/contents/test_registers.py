from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from netloom.contents import Forbidden, Invalid, NotFound
from netloom.contents.registers import CONTENT, Register, Registers, Value
from netloom.contents.registers.schema import parse_schema
from netloom.contents.registers.snmprec import parse_snmprec
from netloom.errors import UsageError
from netloom.wire.modbus.values import NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
SENSORS = (1, 3, 6, 1, 4, 1, 8072, 9999, 1)


def number(kind: str, **places: object) -> Register:
    return Register(name="x", kind=kind, **places)  # type: ignore[arg-type]


class TestOneValueInEveryPlace:
    def test_is_the_same(self) -> None:
        device = Registers()
        device.write({"setpoint": 23.5})
        found = device.at((*SENSORS, 3, 0))
        assert found is not None
        assert found.to_smi(device.value("setpoint")) == 235
        assert found is device.on("/setpoint")
        assert found.from_words(device.words("holding", 0, 2)) == 23.5

    def test_written_in_modbus_is_read_in_snmp_and_coap(self) -> None:
        device = Registers()
        device.write_words("coil", 0, (1,))
        fan = device.on("fan")
        assert fan is not None
        assert fan is device.at((*SENSORS, 5, 0))
        assert fan.to_smi(device.value("fan")) == 1
        assert fan.to_text(device.value("fan")) == "true"

    def test_walking_gives_all_in_order(self) -> None:
        device, seen = Registers(), list[tuple[int, ...]]()
        oid: tuple[int, ...] = (0, 0)
        while (found := device.after(oid)) is not None:
            seen.append(oid := found.oid)
        assert seen == sorted(seen)
        assert len(seen) == sum(bool(device.named(name).oid) for name in device.names) > 10

    def test_all_instances_are_known(self) -> None:
        device = Registers()
        assert device.oids == tuple(sorted(device.oids))
        assert (*SENSORS, 3, 0) in device.oids
        assert Registers([]).oids == ()

    def test_time_goes_on(self) -> None:
        now = 100.0
        device = Registers(clock=lambda: now)
        uptime = device.at((*SYSTEM, 3, 0))
        assert uptime is not None
        now = 112.5
        assert uptime.to_smi(device.value("uptime")) == 1250
        now += 2**32 / 100
        assert uptime.to_smi(device.value("uptime")) == 1250  # TimeTicks wrap (RFC 2578 §7.1.8)


class TestWriting:
    def test_all_or_nothing(self) -> None:
        device = Registers()
        with pytest.raises(Invalid):
            device.write({"fan": True, "setpoint": 99.0})
        assert device.value("fan") is False

    @pytest.mark.parametrize(
        ("name", "value", "error"),
        [
            ("temperature", 1.0, Forbidden),
            ("nowhere", 1, NotFound),
            ("setpoint", "warm", Invalid),
            ("setpoint", True, Invalid),
            ("setpoint", math.nan, Invalid),
            ("setpoint", 4.9, Invalid),
            ("limit", 1.5, Invalid),
            ("fan", 1, Invalid),
            ("name", b"x", Invalid),
            ("name", "x" * 65_536, Invalid),
        ],
    )
    def test_refused(self, name: str, value: Value, error: type[Exception]) -> None:
        device = Registers()
        before = {each: device.value(each) for each in device.names if each != "uptime"}
        with pytest.raises(error):
            device.write({name: value})
        assert before == {each: device.value(each) for each in device.names if each != "uptime"}

    @pytest.mark.parametrize(
        ("register", "value"),
        [
            (Register(name="a", kind="int", table="holding", encoding="uint16"), 65_536),
            (Register(name="a", kind="int", table="holding", encoding="uint16"), -1),
            (Register(name="a", kind="float", table="holding"), 1e39),
            (Register(name="a", kind="text", table="holding", encoding="text:2"), "größe"),
            (Register(name="a", kind="int", oid=(1, 3, 6, 1)), 1 << 31),
            (Register(name="a", kind="float", oid=(1, 3, 6, 1), scale=1000), 3e6),
            (Register(name="a", kind="int", oid=(1, 3, 6, 1), syntax="Gauge32"), -1),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_what_one_of_its_places_cant_hold_is_in_none(self, register: Register, value: Value) -> None:
        """Otherwise what one protocol wrote, another couldn't read, and with it nothing beside it."""
        with pytest.raises(Invalid):
            register.check(value)
        registers = Registers([(structs.replace(register, writable=True), None)])
        with pytest.raises(Invalid):
            registers.write({"a": value})
        structs.replace(register, oid=(), table="").check(value)

    def test_the_device_itself_may(self) -> None:
        device = Registers()
        device.store({"temperature": 30})
        assert device.value("temperature") == 30.0

    def test_some_words_of_a_register_keep_the_others(self) -> None:
        device = Registers()
        device.write({"setpoint": 22.5})
        high, low = device.words("holding", 0, 2)
        device.write_words("holding", 0, (high,))
        assert device.words("holding", 0, 2) == (high, low)
        with pytest.raises(Invalid):
            device.write_words("holding", 0, (0xFFFF,))  # not a number


class TestWords:
    @pytest.mark.parametrize(("address", "count"), [(0, 12), (2, 9), (10, 2), (11, 1)])
    def test_what_lies_between_is_nothing(self, address: int, count: int) -> None:
        device = Registers(clock=lambda: 0.0)
        whole = device.words("input", 0, 12)
        assert whole[3:10] == (0,) * 7
        assert device.words("input", address, count) == whole[address : address + count]

    @pytest.mark.parametrize(
        ("table", "address", "count"), [("input", 12, 1), ("input", 0, 13), ("holding", 65_535, 1)]
    )
    def test_outside(self, table: str, address: int, count: int) -> None:
        with pytest.raises(NotFound):
            Registers().words(table, address, count)  # type: ignore[arg-type]

    def test_a_gap_cant_be_written(self) -> None:
        with pytest.raises(NotFound):
            Registers().write_words("holding", 2, (1, 1))

    def test_without_any(self) -> None:
        with pytest.raises(NotFound):
            Registers([]).words("coil", 0, 1)

    @pytest.mark.parametrize("order", ["big", "little"])
    @pytest.mark.parametrize("encoding", NUMBERS)
    @given(data=st.data())
    def test_read_back(self, encoding: str, order: str, data: st.DataObject) -> None:
        is_float = encoding.startswith("float")
        bits = int(encoding.lstrip("uintfloa"))
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if encoding[0] == "i" else (0, (1 << bits) - 1)
        value = data.draw(
            st.floats(allow_nan=False, allow_infinity=False, width=32) if is_float else st.integers(low, high)
        )
        register = number("float" if is_float else "int", table="holding", encoding=encoding, order=order)
        words = register.to_words(value)
        assert len(words) == register.width
        assert register.from_words(words) == value
        assert all(0 <= word < 65_536 for word in words)

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8))
    def test_text(self, text: str) -> None:
        register = number("text", table="holding", encoding="text:16")
        assert register.from_words(register.to_words(text)) == text

    @pytest.mark.parametrize(
        ("register", "value"),
        [
            (number("int", table="holding", encoding="uint16"), 65_536),
            (number("int", table="holding", encoding="int16"), -32_769),
            (number("text", table="holding", encoding="text:2"), "long"[:4] + "er"),
            (number("float", table="holding", encoding="float32"), 1e300),
        ],
    )
    def test_what_doesnt_fit(self, register: Register, value: Value) -> None:
        with pytest.raises(Invalid):
            register.to_words(value)


class TestSmi:
    @pytest.mark.parametrize(
        ("register", "value", "said"),
        [
            (number("float", scale=10), 21.5, 215),
            (number("int"), -5, -5),
            (number("bool"), True, 1),
            (number("bool"), False, 2),
            (number("text"), "grün", "grün".encode()),
            (number("bytes"), b"\xff", b"\xff"),
            (number("oid"), "1.3.6", (1, 3, 6)),
            (number("ip"), "192.0.2.1", b"\xc0\0\x02\x01"),
            (number("float", syntax="OctetString"), 21.5, b"21.5"),
        ],
    )
    def test_both_ways(self, register: Register, value: Value, said: object) -> None:
        assert register.to_smi(value) == said
        assert register.from_smi(said) == value

    def test_a_counter_wraps(self) -> None:
        assert number("int", syntax="Counter32").to_smi(2**32 + 5) == 5

    @pytest.mark.parametrize(
        ("register", "said"),
        [
            (number("bool"), 0),
            (number("text"), b"\xff"),
            (number("ip"), b"\0"),
            (number("int", scale=10), 15),
            (number("int", maximum=3), 4),
        ],
    )
    def test_what_isnt_one(self, register: Register, said: object) -> None:
        with pytest.raises(Invalid):
            register.from_smi(said)  # type: ignore[arg-type]

    def test_out_of_range(self) -> None:
        with pytest.raises(Invalid):
            number("int").to_smi(2**31)


class TestText:
    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [("bool", "on", True), ("bool", "FALSE", False), ("int", "-3", -3), ("float", "1e3", 1000.0),
         ("bytes", "00ff", b"\0\xff"), ("ip", "192.0.2.1", "192.0.2.1"), ("oid", ".1.3.6", "1.3.6")],
    )  # fmt: skip
    def test_read(self, kind: str, text: str, value: Value) -> None:
        assert number(kind).from_text(text) == value

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("bool", "maybe"),
            ("int", "1.5"),
            ("float", "inf"),
            ("bytes", "0"),
            ("ip", "::1"),
            ("oid", "3.1"),
            ("oid", "1"),
        ],
    )
    def test_refused(self, kind: str, text: str) -> None:
        with pytest.raises(Invalid):
            number(kind).from_text(text)


class TestWatching:
    async def test_changes_are_told(self) -> None:
        device = Registers()
        async with device.watch("fan") as changes:
            device.write({"setpoint": 20.0})
            device.write({"fan": True})
            assert await anext(changes) == ("fan", True)
            reading = asyncio.ensure_future(anext(changes))
            await asyncio.sleep(0)
            device.write({"fan": True})  # no change
            await asyncio.sleep(0)
            assert not reading.done()
            device.write({"fan": False})
            assert await reading == ("fan", False)

    async def test_a_slow_reader_gets_the_latest(self) -> None:
        device = Registers()
        async with device.watch() as changes:
            for value in range(1000):
                device.store({"humidity": value})
            assert await anext(changes) == ("humidity", 999)
            assert not changes._changed

    async def test_nothing_is_left(self) -> None:
        device = Registers()
        async with device.watch():
            assert device._watching
        assert not device._watching

    async def test_what_isnt_there(self) -> None:
        with pytest.raises(NotFound):
            async with Registers().watch("nowhere"):
                pass


class TestSchema:
    def test_everything_is_said(self) -> None:
        text = """
            [[value]]
            name = "level"
            type = "int"
            value = 3
            unit = "m"
            writable = true
            oid = "1.3.6.1.4.1.1.0"
            syntax = "Gauge32"
            modbus = "holding:7"
            encoding = "uint32"
            order = "little"
            coap = "/tank/level"
            notify = "1.3.6.1.4.1.1.0.1"
        """
        [(register, value)] = parse_schema(text, "x.toml")
        assert value == 3
        assert register.smi == "Gauge32"
        assert register.to_words(3) == (3, 0)
        assert register.path == "tank/level"
        assert register.notify == (1, 3, 6, 1, 4, 1, 1, 0, 1)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("x", "no TOML"),
            ("name = 'a'\ntype = 'colour'", "colour"),
            ("name = 'a'\ntype = 'int'\nsise = 3", "sise"),
            ("name = 'a'\ntype = 'int'\nvalue = 'x'", "a is int"),
            ("name = 'a'\ntype = 'int'\nmodbus = 'heap:3'", "heap:3"),
            ("name = 'a'\ntype = 'int'\nmodbus = 'holding:65536'", "65536"),
            ("name = 'a'\ntype = 'int'\nmodbus = 'holding:65535'", "beyond"),
            ("name = 'a'\ntype = 'int'\nmodbus = 'coil:1'", "coil"),
            ("name = 'a'\ntype = 'int'\noid = '1.x'", "1.x"),
            ("name = 'a'\ntype = 'int'\noid = '1.3'\nnotify = '1.x'", "1.x"),
            ("name = 'a'\ntype = 'int'\nnotify = '1.3.6'", "give|SNMP"),
            ("name = 'a'\ntype = 'int'\nencoding = 'float16'", "float16"),
            ("name = 'a'\ntype = 'int'\nsyntax = 'Integer'", "Integer"),
            ("name = 'a'\ntype = 'int'\nscale = 0", "scale"),
            ("name = 'a'\ntype = 'text'\noid = '1.3'\nsyntax = 'Gauge32'", "Gauge32"),
            ("name = 'a'\ntype = 'ip'\noid = '1.3'\nsyntax = 'OctetString'", "IpAddress"),
            ("name = 'a'\ntype = 'oid'\noid = '1.3'\nsyntax = 'OctetString'", "ObjectIdentifier"),
            ("name = 'a'\ntype = 'bool'\noid = '1.3'\nsyntax = 'Gauge32'", "TruthValue"),
            ("name = 'a'\ntype = 'oid'\nmodbus = 'holding:1'", "encoding"),
            ("name = 'a'\ntype = 'text'\nmodbus = 'holding:1'\nencoding = 'uint16'", "uint16"),
        ],
    )
    def test_mistakes_are_named(self, line: str, said: str) -> None:
        with pytest.raises(UsageError, match=said) as caught:
            parse_schema(f"[[value]]\n{line}", "x.toml")
        assert "x.toml" in caught.value.message

    def test_two_in_one_place(self) -> None:
        one, other = number("int", table="holding", address=0), number("int", table="holding", address=1)
        with pytest.raises(UsageError, match="holding:1"):
            Registers([(one, 1), (Register(name="y", kind="int", table=other.table, address=1), 2)])


class TestSnmprec:
    def test_read(self) -> None:
        text = "# a comment\n1.3.6.1.2.1.1.1.0|4|a|b\n1.3.6.1.2.1.1.3.0|67|12\n1.3.6.1.2.1.2.2.1.6.1|4x|00ff\n"
        device = Registers(parse_snmprec(text, "x"))
        said = {oid: register.to_smi(device.value(register.name)) for oid, register in device._oids.items()}
        assert list(said.values()) == [b"a|b", 12, b"\0\xff"]

    @pytest.mark.parametrize(
        "line",
        ["1.3|4", "1.x|4|a", "1.3|99|a", "1.3|2x|00", "1.3|2|one", "1.3|4x|0", "1.3|65|-1", "1.3|67:numeric|rate=1",
         "1.3|64|300.0.0.1"],
    )  # fmt: skip
    def test_mistakes_have_a_line(self, line: str) -> None:
        with pytest.raises(UsageError, match=r"^x, line 2: "):
            parse_snmprec(f"1.3.6|2|1\n{line}", "x")


class TestArgument:
    def test_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.snmprec").write_text("1.3.6.1|2|7\n")
        (tmp_path / "a.toml").write_text("[[value]]\nname = 'a'\ntype = 'int'\n")
        assert CONTENT.from_argument(str(tmp_path / "a.snmprec")).value("1.3.6.1") == 7
        assert CONTENT.from_argument(str(tmp_path / "a.toml")).value("a") == 0
        assert "2" not in CONTENT.from_argument(str(tmp_path / "a.toml")).describe().split()

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"none\.toml"):
            CONTENT.from_argument(str(tmp_path / "none.toml"))
