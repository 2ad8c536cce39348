"""Photos of what was done: only the picture is kept, never where, when and with what it was taken.

A JPEG (ITU-T T.81) or PNG (W3C, third edition) is taken apart into its segments and put together again from those that
make the picture; Exif, XMP, comments, thumbnails, maker's notes and whatever is hung on behind the end are left out.
Of Exif only the number for how the picture is turned comes back, for without it faces would lie on their side.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from gateway.kernel.errors import InputError, NotFound

# The folder beside the database in which they lie.
PHOTOS = "photos"
LARGEST_BYTES = 5_000_000
LONGEST_SIDE = 12_000
NAME = re.compile(r"[0-9a-f]{32}\.(jpg|png)")
_PNG = b"\x89PNG\r\n\x1a\n"
# What makes the picture. Transparency and colour space go with it; words, times and places do not.
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM"})
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_JFIF, _EXIF, _ADOBE, _COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_RESTARTS = range(0xD0, 0xD8)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK = 0xFF
# The lengths of JFIF's segment without a thumbnail and of Adobe's.
_JFIF_BARE, _ADOBE_LENGTH = 16, 14
_ORIENTATION = 0x0112
_ORIENTATIONS, _UPRIGHT = range(1, 9), 1


def clean_photo(data: bytes) -> tuple[bytes, str]:
    """The picture alone, and the ending of its file name ("jpg" or "png").

    InputError("photo_too_large", "photo_unreadable"): also for what is no JPEG or PNG, or broken off.
    """
    if len(data) > LARGEST_BYTES:
        raise InputError("photo_too_large", most=LARGEST_BYTES // 1_000_000)
    try:
        if data.startswith(_PNG):
            return _clean_png(data), "png"
        if data.startswith(b"\xff\xd8"):
            return _clean_jpeg(data), "jpg"
    except (IndexError, struct.error, ValueError):
        raise InputError("photo_unreadable") from None
    raise InputError("photo_unreadable")


def keep_photo(folder: Path, data: bytes) -> str:
    """Clean a photo and write it into `folder`; returns its name, the hash of what was kept. Errors as above."""
    cleaned, ending = clean_photo(data)
    name = f"{hashlib.sha256(cleaned).hexdigest()[:32]}.{ending}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / name).exists():
        descriptor, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(cleaned)
            file.flush()
            os.fsync(file.fileno())
        # It appears whole or not at all.
        Path(draft).replace(folder / name)
    return name


def read_photo(folder: Path, name: str) -> bytes:
    """The bytes of a photo. NotFound("photo_unknown"), also for a name that is none of ours."""
    if not NAME.fullmatch(name):
        raise NotFound("photo_unknown")
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("photo_unknown") from None


# --- PNG ---------------------------------------------------------------------------------------------------------


def _clean_png(data: bytes) -> bytes:
    chunks = list(_png_chunks(data))
    kinds = [kind for kind, _ in chunks]
    if kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise ValueError("a picture begins with its size and ends")
    _check_size(*struct.unpack(">II", chunks[0][1][:8]))
    kept = [(kind, body) for kind, body in chunks if kind in _PNG_KEPT]
    return _PNG + b"".join(_png_chunk(kind, body) for kind, body in kept)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        if checksum != zlib.crc32(kind + body):
            raise ValueError("a damaged chunk")
        yield kind, body
        at += 12 + length


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# --- JPEG --------------------------------------------------------------------------------------------------------


def _clean_jpeg(data: bytes) -> bytes:
    segments = list(_segments(data))
    frames = [body for marker, body, _ in segments if marker in _FRAMES]
    if not frames:
        raise ValueError("a picture without a frame")
    for body in frames:
        _check_size(*struct.unpack(">HH", body[3:7]))
    kept = [b"\xff\xd8", *(whole for marker, body, whole in segments if _is_picture(marker, body))]
    turned = next(filter(None, (_orientation(body[2:]) for marker, body, _ in segments if marker == _EXIF)), _UPRIGHT)
    if turned != _UPRIGHT:
        # JFIF wants to stand first where it stands at all; Exif goes behind it.
        kept.insert(2 if kept[1].startswith(b"\xff\xe0") else 1, _turned(turned))
    return b"".join(kept) + b"\xff\xd9"


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, body with its length, and all of each segment up to the end of the image; of a scan, its picture too."""
    at, marker = _next_marker(data, 2)
    while marker != _EOI:
        end = at + struct.unpack(">H", data[at : at + 2])[0]
        if end > len(data) or end < at + 2:
            raise ValueError("a segment that breaks off")
        whole = _end_of_scan(data, end) if marker == _SOS else end
        yield marker, data[at:end], bytes((_MARK, marker)) + data[at:whole]
        at, marker = _next_marker(data, whole)


def _is_picture(marker: int, body: bytes) -> bool:
    """What the picture is made of. Of the application's own segments: JFIF's, and Adobe's for the colours."""
    if marker == _JFIF:
        return body[2:7] == b"JFIF\0" and len(body) <= _JFIF_BARE
    if marker == _ADOBE:
        return body[2:7] == b"Adobe" and len(body) == _ADOBE_LENGTH
    return marker not in _APPLICATION and marker != _COMMENT


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Where the segment begins behind the next marker, and the marker; filling bytes before it are passed over."""
    if data[at] != _MARK:
        raise ValueError("no marker where one must be")
    while data[at] == _MARK:
        at += 1
    if data[at] in _RESTARTS or data[at] in (0, _SOI, _TEM):
        raise ValueError("a marker out of place")
    return at + 1, data[at]


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the coded picture ends: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] != 0 and data[at + 1] not in _RESTARTS:
            return at
        at += 2


def _orientation(body: bytes) -> int | None:
    """How the picture is turned (Exif tag 0x0112, 1 to 8); None when it does not say or cannot be read."""
    if not body.startswith(b"Exif\0\0"):
        return None
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return None
        (first,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack(f"{order}HHIH", tiff[entry : entry + 10])
            if (tag, kind) == (_ORIENTATION, 3) and value in _ORIENTATIONS:
                return int(value)
    except struct.error:
        pass
    return None


def _turned(orientation: int) -> bytes:
    """An Exif segment that says nothing but how the picture is turned."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _check_size(height: int, width: int) -> None:
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise ValueError("a picture without a size, or far too large")
