"""What a picture's file tells beside its picture, taken out: where, when and with what it was made, earlier states of
it, words and names. Pixels are not touched; colour profile, orientation and animation stay.

What may stay is listed, all else goes, so that a kind of metadata nobody here knows goes as well.
"""

import re
import zlib
from collections.abc import Iterator

_SIGNS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split()
)
_TABLES_AND_FRAMES = frozenset({*range(0xC0, 0xD0), *range(0xDB, 0xE0)}) - {0xC8}
_SCAN, _END = 0xDA, 0xD9
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without anything behind them."""
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF = b"Exif\0\0"
_MEANT = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Application segments that say which colours are meant, and how they begin."""
_ORIENTATION = 0x0112
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
"""Application blocks that say how often an animation runs, and which colours are meant."""


class PictureFault(ValueError):
    """The file ends too early, or is not what its first bytes say."""


def kind_of(data: bytes) -> str:
    """png, jpg or gif by the first bytes; empty for anything else."""
    return next((kind for sign, kind in _SIGNS if data.startswith(sign)), "")


def bare(data: bytes) -> bytes:
    """The picture alone. Raises PictureFault for what is no whole picture of these kinds."""
    strip = {"png": _png, "jpg": _jpeg, "gif": _gif}.get(kind_of(data))
    if strip is None:
        raise PictureFault("no picture")
    try:
        return b"".join(strip(data))
    except IndexError as error:
        raise PictureFault("it ends too early") from error


def _jpeg(data: bytes) -> Iterator[bytes]:
    """ITU T.81, annex B: markers with a length, entropy-coded data behind each start of scan."""
    head, rest = [data[:2]], list[bytes]()
    turned, at = 1, 2
    while True:
        at = _past_fill(data, at)
        marker = data[at]
        if marker == _END:
            break
        if marker in _BARE_MARKERS:
            at += 1
            continue
        length = int.from_bytes(_cut(data, at + 1, 2), "big")
        body, end = _cut(data, at + 3, length - 2), at + 1 + length
        if marker == 0xE0 and body.startswith(b"JFIF\0") and not rest:
            head.append(_segment(marker, body[:12] + b"\0\0"))  # without its thumbnail
        elif marker == 0xE1 and body.startswith(_EXIF):
            turned = _orientation(body[len(_EXIF) :])
        elif marker in _TABLES_AND_FRAMES or body.startswith(_MEANT.get(marker, b"\0none")):
            rest.append(_segment(marker, body))
        elif marker == _SCAN:
            found = _AFTER_SCAN.search(data, end)
            if found is None:
                raise PictureFault("its end is missing")
            rest += [_segment(marker, body), data[end : found.start()]]
            end = found.start()
        at = end
    yield from head
    if turned > 1:
        yield _segment(0xE1, _EXIF + _turned(turned))
    yield from rest
    yield bytes((0xFF, _END))


def _png(data: bytes) -> Iterator[bytes]:
    """ISO 15948: chunks of length, name, content, check sum."""
    yield data[:8]
    at, name = 8, b""
    while name != b"IEND":
        length, name = int.from_bytes(_cut(data, at, 4), "big"), _cut(data, at + 4, 4)
        chunk = _cut(data, at, length + 12)
        turned = _orientation(chunk[8:-4]) if name == b"eXIf" else 1
        if name in _CHUNKS:
            yield chunk
        elif turned > 1:
            yield _chunk(name, _turned(turned))
        at += len(chunk)


def _gif(data: bytes) -> Iterator[bytes]:
    """GIF89a: a screen, then images and extensions in sub-blocks, then a trailer."""
    at = 13 + _colors(data[10])
    yield _cut(data, 0, at)
    while data[at] != 0x3B:
        start = at
        if data[at] == 0x2C:
            at = _past_blocks(data, at + 11 + _colors(data[at + 9]))
            yield data[start:at]
        elif data[at] == 0x21:
            label, about = data[at + 1], data[at + 3 : at + 14]
            at = _past_blocks(data, at + 2)
            if label == 0xF9 or (label == 0xFF and about in _GIF_KEPT):
                yield data[start:at]
        else:
            raise PictureFault("it is damaged")
    yield b";"


def _cut(data: bytes, at: int, length: int) -> bytes:
    if length < 0 or at + length > len(data):
        raise IndexError
    return data[at : at + length]


def _past_fill(data: bytes, at: int) -> int:
    """Where the marker's number stands."""
    if data[at] != 0xFF:
        raise PictureFault("it is damaged")
    while data[at] == 0xFF:
        at += 1
    return at


def _past_blocks(data: bytes, at: int) -> int:
    """Behind the sub-blocks that begin there; each tells its length, the last is empty."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _colors(flags: int) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def _orientation(tiff: bytes) -> int:
    """How the picture lies, 1 to 8, by the first directory of its EXIF; 1 where that cannot be told."""
    order = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)  # type: ignore[arg-type]  # one of the two words

    first = number(4, 4)
    for at in range(first + 2, first + 2 + 12 * number(first, 2), 12):
        if number(at, 2) == _ORIENTATION:
            found = number(at + 8, 2)
            return found if 1 <= found <= 8 else 1
    return 1


def _turned(orientation: int) -> bytes:
    """EXIF that says how the picture lies, and nothing else."""
    entry = _ORIENTATION.to_bytes(2, "big") + b"\0\x03" + b"\0\0\0\x01" + bytes((0, orientation, 0, 0))
    return b"MM\0*" + b"\0\0\0\x08" + b"\0\x01" + entry + b"\0\0\0\0"
