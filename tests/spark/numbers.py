"""Every form of a number that the contract names, and what it is.

By name: the text, and what it is as whole number, as double and as instant in microseconds.
"""

from sys import float_info

MICROS = 1_678_451_168_000_000
NUMBERS = {
    "a whole number": ("12474", 12474, 12474.0, 12474_000000),
    "one with a point": ("12474.0", 12474, 12474.0, 12474_000000),
    "one with an exponent": ("1.2474e4", 12474, 12474.0, 12474_000000),
    "an exponent without a point": ("1e2", 100, 100.0, 100_000000),
    "a capital exponent with a sign": ("1E+2", 100, 100.0, 100_000000),
    "a negative exponent that leaves a whole": ("124740e-1", 12474, 12474.0, 12474_000000),
    "a fraction": ("5e-1", None, 0.5, 500_000),
    "a whole and a half": ("12474.5", None, 12474.5, 12474_500000),
    "nought": ("0", 0, 0.0, 0),
    "nought, whatever its exponent": ("0e+918", 0, 0.0, 0),
    "nought to the least": ("-0.0e-9999", 0, -0.0, 0),
    "minus nought": ("-0", 0, -0.0, 0),
    "a negative": ("-7", -7, -7.0, -7_000000),
    "eighteen digits": ("999999999999999999", 10**18 - 1, 1e18, None),
    "2^53 + 1, no double": ("9007199254740993", 2**53 + 1, 2.0**53, None),
    "that with a point": ("9007199254740993.0", 2**53 + 1, 2.0**53, None),
    "2^63 - 1": ("9223372036854775807", 2**63 - 1, 2.0**63, None),
    "that with a point and noughts": ("9223372036854775807.00", 2**63 - 1, 2.0**63, None),
    "that with an exponent": ("9.223372036854775807e18", 2**63 - 1, 2.0**63, None),
    "2^63": ("9223372036854775808", None, 2.0**63, None),
    "that with an exponent too": ("9.223372036854775808e18", None, 2.0**63, None),
    "-2^63": ("-9223372036854775808", -(2**63), -(2.0**63), None),
    "-2^63 - 1": ("-9223372036854775809", None, -(2.0**63), None),
    "almost any double": ("1.7976931348623157e308", None, float_info.max, None),
    "a fraction of 18 digits": ("1.000000000000000001", None, 1.0, 1_000000),
    "an instant": ("1678451168", 1678451168, 1678451168.0, MICROS),
    "an instant with a point": ("1678451168.0", 1678451168, 1678451168.0, MICROS),
    "a microsecond more": ("1678451168.000001", None, 1678451168.000001, MICROS + 1),
    "less than half": ("1678451168.00000049", None, 1678451168.0000005, MICROS),
    "half a microsecond": ("1678451168.0000005", None, 1678451168.0000005, MICROS + 1),
    "one and a half": ("1678451168.0000015", None, 1678451168.0000015, MICROS + 2),
    "half before a second": ("1678451168.9999995", None, 1678451168.9999995, MICROS + 10**6),
    "an exponent's": ("1.678451168000001e9", None, 1678451168.000001, MICROS + 1),
    "milliseconds, never divided": ("1678451168000", 1678451168000, 1678451168e3, MICROS * 1000),
}
LONG_NUMBERS = {
    "next to nothing": ("1e-30", None, 1e-30, 0),
}
"""More digits than a decimal column holds."""

NO_NUMBERS = (
    *("", " ", " 12", "12 ", "12\n", "\t12", "abc", "true", "null", "NaN", "Infinity", "-Infinity"),
    *("007", "+1", ".5", "1.", "1e", "e5", "1e+", "-", "--1", "1,5", "1_000", "0x10", "5d", "5L"),
    *("0x1p3", "١", "1 2", "[]", "[12]", "{}", '"12"'),
)
