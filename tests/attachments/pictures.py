"""Pictures as cameras make them, and pictures as those make them who want to harm a decoder."""

import io
import random
import struct
import zlib

from PIL import ExifTags, Image


def photograph(width: int = 320, height: int = 240, kind: str = "JPEG", *, noisy: bool = False) -> bytes:
    """A picture with the place it was taken at written into it."""
    picture = Image.new("RGB", (width, height), (90, 60, 30))
    if noisy:
        picture = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "A camera"
    exif[ExifTags.Base.Orientation] = 1
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "S"
    out = io.BytesIO()
    picture.save(out, kind, exif=exif, quality=95)
    return out.getvalue()


def large() -> bytes:
    """A photograph that needs a review copy."""
    return photograph(1200, 900, noisy=True)


def bomb() -> bytes:
    """A few hundred bytes that say they are a PNG of 60,000 by 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(200_000))) + _chunk(b"IEND")
    )


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def as_picture(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture
