"""A photograph decoded, cleaned and copied: a program of its own, run by ``photographs`` for one picture, then gone.

What an officer is sent may be made to harm whoever decodes it. So it is decoded here: no key, no database, no file to
write, a bound on memory, processor time and pixels, and three formats that are told from their content.

    python -I decoding.py < picture     ->  a line of JSON, then the clean picture, then its review copy
    {"clean": 812345, "copy": 180211, "removed": ["exif.GPSInfo", "exif.Model"], "type": "image/jpeg"}
    {"refused": "cut short or damaged"}
"""

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

MEMORY_BYTES: Final = 1536 * 1024 * 1024  # a picture of the largest size, twice, and the program
CPU_S: Final = 20
MAX_PIXELS: Final = 100_000_000  # beyond what cameras take
MAX_INPUT_BYTES: Final = 64 * 1024 * 1024
TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
COPY_BYTES: Final = 200_000
SIDES: Final = (1600, 1200, 800, 400)  # of a review copy: the largest that fits
QUALITIES: Final = (85, 70, 55, 40)
CLEAN_QUALITY: Final = 95
KEPT: Final = frozenset({"transparency"})  # of what stands beside the pixels: needed to show them
DULL: Final = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"})
MOST_NAMES: Final = 64
MOST_CHARS: Final = 40


class Refused(Exception):
    """The picture is not one this node decodes."""


def main() -> int:
    """Decode standard input; say what came of it."""
    _bound()
    try:
        head, *bodies = decode(sys.stdin.buffer.read(MAX_INPUT_BYTES + 1))
    except Refused as error:
        head, bodies = {"refused": str(error)}, []
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        head, bodies = {"refused": "not a picture this node knows, or one of too many pixels"}, []
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError):
        head, bodies = {"refused": "cut short or damaged"}, []
    out = sys.stdout.buffer
    out.write(json.dumps(head, sort_keys=True).encode() + b"\n")
    out.writelines(bodies)
    out.flush()
    return 0


def _bound() -> None:
    """From here on it cannot take more."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def decode(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """What was found, the picture without anything beside its pixels, and its review copy. Refused, or Pillow's."""
    if len(data) > MAX_INPUT_BYTES:
        raise Refused("larger than 64 MiB")
    picture = Image.open(io.BytesIO(data), formats=list(TYPES))
    kind = str(picture.format)
    if picture.width * picture.height > MAX_PIXELS:
        raise Refused("more pixels than any camera takes")
    removed = sorted(set(_beside(picture)))[:MOST_NAMES]
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    upright.info = {name: value for name, value in picture.info.items() if name in KEPT}
    clean, copy = _encoded(upright, kind), _review_copy(upright)
    return {"clean": len(clean), "copy": len(copy), "removed": removed, "type": TYPES[kind]}, clean, copy


# ---------------------------------------------------------------- what stands beside the pixels


def _beside(picture: Image.Image) -> Iterator[str]:
    """Names of what is not the picture itself; values never."""
    exif = picture.getexif()
    for directory in (exif, exif.get_ifd(ExifTags.IFD.Exif)):
        yield from (_name("exif", ExifTags.TAGS.get(tag, hex(tag))) for tag in directory)
    if exif.get_ifd(ExifTags.IFD.GPSInfo):
        yield "exif.GPSInfo"
    if getattr(picture, "n_frames", 1) > 1:
        yield "further frames"
    for member in picture.info.keys() - KEPT - DULL - {"exif"}:
        yield _name("", str(member))


def _name(group: str, text: str) -> str:
    shown = "".join(sign if sign.isalnum() or sign in " ._-:" else "?" for sign in text[:MOST_CHARS])
    return f"{group}.{shown}" if group else shown


# ---------------------------------------------------------------- pictures to bytes


def _encoded(picture: Image.Image, kind: str) -> bytes:
    if kind == "JPEG":
        flat = picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")
        return _bytes_of(flat, "JPEG", quality=CLEAN_QUALITY)
    return _bytes_of(picture, kind, **({"quality": CLEAN_QUALITY} if kind == "WEBP" else {}))


def _review_copy(picture: Image.Image) -> bytes:
    """A JPEG of at most ``COPY_BYTES``."""
    flat = _on_white(picture)
    for side in SIDES:
        smaller = flat.copy()
        smaller.thumbnail((side, side))
        for quality in QUALITIES:
            data = _bytes_of(smaller, "JPEG", quality=quality)
            if len(data) <= COPY_BYTES:
                return data
    raise Refused("no copy of it is small enough")


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.mode and "transparency" not in picture.info:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    white.alpha_composite(layer)
    return white.convert("RGB")


def _bytes_of(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
