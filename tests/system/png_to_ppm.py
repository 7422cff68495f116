"""A PNG of 8 bits a colour without interlace, as cairo writes it, into a PPM: what zxing takes without another library.

usage: png_to_ppm.py FILE.png FILE.ppm"""
import struct
import sys
import zlib


def chunks(data):
    at = 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + size]
        at += 12 + size


def unfilter(raw, width, height, bpp):
    """The rows of RFC 2083, section 6."""
    stride, rows, before = width * bpp, [], bytearray(width * bpp)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left, up, corner = (row[x - bpp] if x >= bpp else 0), before[x], (before[x - bpp] if x >= bpp else 0)
            estimate = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(estimate - value))
            row[x] = (row[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        rows.append(bytes(row))
        before = row
    return rows


def main(source, target):
    with open(source, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    parts = list(chunks(data))
    width, height, depth, colours, _, _, interlace = struct.unpack(">IIBBBBB", parts[0][1])
    assert depth == 8 and colours in (2, 6) and interlace == 0, (depth, colours, interlace)
    bpp = 3 if colours == 2 else 4
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    rows = unfilter(raw, width, height, bpp)
    with open(target, "wb") as file:
        file.write(f"P6 {width} {height} 255\n".encode())
        for row in rows:
            file.write(row if bpp == 3 else b"".join(row[i:i + 3] for i in range(0, len(row), 4)))


if __name__ == "__main__":
    main(*sys.argv[1:])
