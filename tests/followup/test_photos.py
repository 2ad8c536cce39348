"""Of a photo only the picture is kept: nothing says where, when, by whom or with what it was taken."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from gateway.followup.photos import LARGEST_BYTES, clean_photo, keep_photo, read_photo
from gateway.kernel.errors import InputError, NotFound
from tests.architecture.source import ROOT

# What a camera adds: a place, a maker, a comment, a thumbnail, a profile.
SECRET = b"32.0617N 118.7778E Zhang"
PICTURE = ROOT / "docs" / "pictures" / "public.png"


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int, order: str = ">") -> bytes:
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(
        f"{order}HHII", 0x010F, 2, 24, 38
    )
    mark = b"MM\0*" if order == ">" else b"II*\0"
    return b"Exif\0\0" + mark + struct.pack(f"{order}IH", 8, 2) + entries + struct.pack(f"{order}I", 0) + SECRET


JFIF = segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\0\0")
TABLES = segment(0xDB, b"\0" + bytes(64)) + segment(0xC4, b"\0" + bytes(17))
FRAME = segment(0xC0, b"\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\0")
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"


def jpeg(*, orientation: int = 1, order: str = ">", scans: int = 1) -> bytes:
    more = segment(0xE1, exif(orientation, order)) + segment(0xE2, b"ICC_PROFILE\0" + SECRET)
    more += segment(0xED, b"Photoshop 3.0\0" + SECRET) + segment(0xFE, SECRET)
    return b"\xff\xd8" + JFIF + more + TABLES + FRAME + SCAN * scans + b"\xff\xd9" + SECRET


@pytest.mark.parametrize("scans", [1, 3])
def test_jpeg_keeps_the_picture_alone(scans: int) -> None:
    assert clean_photo(jpeg(scans=scans)) == (b"\xff\xd8" + JFIF + TABLES + FRAME + SCAN * scans + b"\xff\xd9", "jpg")


@pytest.mark.parametrize("order", ["<", ">"])
def test_jpeg_that_lies_on_its_side_is_still_turned(order: str) -> None:
    cleaned, _ = clean_photo(jpeg(orientation=6, order=order))
    turned = segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0))
    assert cleaned == b"\xff\xd8" + JFIF + turned + TABLES + FRAME + SCAN + b"\xff\xd9"


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def test_png_keeps_the_picture_alone() -> None:
    plain = PICTURE.read_bytes()
    said = b"tEXtLocation\0" + SECRET
    hidden = struct.pack(">I", len(said) - 4) + said + struct.pack(">I", zlib.crc32(said))
    cleaned, ending = clean_photo(plain[:33] + hidden + plain[33:] + SECRET)
    assert SECRET not in cleaned
    assert ending == "png"
    drawn = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
    assert [one for one in chunks(cleaned) if one[0] in drawn] == [one for one in chunks(plain) if one[0] in drawn]


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\xff\xd8", jpeg()[:-60], b"\xff\xd8" + JFIF + b"\xff\xd9", jpeg()[:2] + b"junk" + jpeg()[2:],
     b"\xff\xd8" + segment(0xC0, b"\x08" + struct.pack(">HH", 0, 30) + b"\x01\x01\x11\0") + SCAN + b"\xff\xd9",
     PICTURE.read_bytes()[:-20], PICTURE.read_bytes().replace(b"IDAT", b"IDAX", 1), b"\x89PNG\r\n\x1a\n", b"<svg/>"],
)  # fmt: skip
def test_what_is_no_whole_photo_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="photo_unreadable"):
        clean_photo(data)


def test_photo_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="photo_too_large"):
        clean_photo(b"\xff\xd8" + bytes(LARGEST_BYTES))


def test_photo_is_kept_once_and_read_by_its_name_alone(tmp_path: Path) -> None:
    name = keep_photo(tmp_path / "photos", jpeg())
    assert keep_photo(tmp_path / "photos", jpeg()) == name
    assert [one.name for one in (tmp_path / "photos").iterdir()] == [name]
    assert read_photo(tmp_path / "photos", name) == clean_photo(jpeg())[0]
    for wrong in ("../secret.jpg", name.replace("jpg", "png"), "", f"{name}/"):
        with pytest.raises(NotFound):
            read_photo(tmp_path / "photos", wrong)
