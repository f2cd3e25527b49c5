"""Makes the ICC profiles (version 2.1) beside it: sRGB (IEC 61966-2-1) and its grey axis. The output is the same on every run."""
import struct
from pathlib import Path

# sRGB primaries adapted to the D50 of the profile connection space (Bradford), and D50 itself, as s15Fixed16.
PRIMARIES = {"rXYZ": (0x6FA2, 0x38F5, 0x0390), "gXYZ": (0x6299, 0xB785, 0x18DA), "bXYZ": (0x24A0, 0x0F84, 0xB6CF)}
D50 = (0xF6D6, 0x10000, 0xD32D)
POINTS = 256


def curve():
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    points = [round(65535 * linear(i / (POINTS - 1))) for i in range(POINTS)]
    return b"curv\0\0\0\0" + struct.pack(f">I{POINTS}H", POINTS, *points)


def xyz(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *values)


def description(text):
    text = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)


def profile(space, tags):
    table, data, places = b"", b"", {}
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags:
        if value not in places:
            data += bytes(-len(data) % 4)
            places[value] = start + len(data)
            data += value
        table += name.encode() + struct.pack(">II", places[value], len(value))
    data += bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(data), b"\0\0\0\0", 0x02100000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H4s4s", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0\0\0\0") + bytes(4 + 4 + 4 + 8)
    header += struct.pack(">I3i", 0, *D50) + bytes(4)
    header += bytes(128 - len(header))
    return header + struct.pack(">I", len(tags)) + table + data


folder = Path(__file__).parent
shared = [("desc", None), ("cprt", b"text\0\0\0\0CC0\0"), ("wtpt", xyz(D50))]


def tags(name, rest):
    return [(tag, description(name) if value is None else value) for tag, value in shared] + rest


(folder / "srgb.icc").write_bytes(
    profile(b"RGB ", tags("sRGB", [(n, xyz(v)) for n, v in PRIMARIES.items()] + [(n, curve()) for n in ("rTRC", "gTRC", "bTRC")]))
)
(folder / "grey.icc").write_bytes(profile(b"GRAY", tags("sRGB grey", [("kTRC", curve())])))
