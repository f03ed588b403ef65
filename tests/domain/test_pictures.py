"""What a picture's file tells beside its picture goes; the picture, its colours, how it lies stay. Qt is the reader."""

import re
import zlib

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QColorSpace, QImage, QImageIOHandler, QImageReader

from restock_desk.domain.pictures import PictureFault, bare

SECRET = b"52.5200N 13.4050E Ana"
TURNED = 6
"""A quarter to the right, as a telephone held upright writes it."""
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\xff"
    b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    b"!\xf9\x04\x00\x0a\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
)


def drawn() -> QImage:
    """Left red, right blue, with a profile that is not sRGB."""
    made = QImage(48, 32, QImage.Format.Format_RGB32)
    made.fill(QColor("red"))
    for x in range(24, 48):
        for y in range(32):
            made.setPixelColor(x, y, QColor("blue"))
    made.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    return made


def written(format: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert drawn().save(buffer, format, 90)  # type: ignore[call-overload]  # its stub knows no device
    return bytes(buffer.data().data())


def read(data: bytes) -> tuple[QImage, bool, list[str]]:
    """The picture as it is shown, whether it was turned for that, and the names of its texts."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    image = reader.read()
    assert not image.isNull(), reader.errorString()
    turned = reader.transformation() == QImageIOHandler.Transformation.TransformationRotate90
    return image, turned, reader.textKeys()


def exif(order: str = "big") -> bytes:
    """A directory with how it lies and who made it."""

    def n(value: int, size: int) -> bytes:
        return value.to_bytes(size, order)  # type: ignore[arg-type]  # one of the two words

    lies = n(0x0112, 2) + n(3, 2) + n(1, 4) + n(TURNED, 2) + n(0, 2)
    maker = n(0x013B, 2) + n(2, 2) + n(len(SECRET), 4) + n(38, 4)
    start = b"MM" if order == "big" else b"II"
    return start + n(42, 2) + n(8, 4) + n(2, 2) + lies + maker + n(0, 4) + SECRET


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def jpeg(order: str = "big", lies: bool = True) -> bytes:
    """A photo as telephones and programs write it, with another picture behind its end."""
    plain = written("jpg")
    told = (
        (segment(0xE1, b"Exif\0\0" + exif(order)) if lies else b"")
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET)
        + segment(0xE2, b"MPF\0" + SECRET)
        + segment(0xED, b"Photoshop 3.0\08BIM" + SECRET)
        + segment(0xEB, b"JP" + SECRET)
        + segment(0xFE, SECRET)
    )
    behind = plain.index(b"\xff\xdb")  # after the profile, before the first table
    return plain[:behind] + told + plain[behind:] + plain + SECRET


def png() -> bytes:
    plain = written("png")
    told = chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)
    told += chunk(b"zTXt", b"Comment\0\0" + zlib.compress(SECRET)) + chunk(b"tIME", b"\x07\xea\x01\x02\x03\x04\x05")
    told += chunk(b"eXIf", exif()) + chunk(b"caBX", SECRET)
    return plain[:33] + told + plain[33:] + SECRET


@pytest.mark.parametrize("order", ["big", "little"])
def test_a_photo_keeps_pixels_colours_and_how_it_lies_and_nothing_else(order: str) -> None:
    told = jpeg(order)
    clean = bare(told)
    assert SECRET in told
    assert SECRET not in clean
    assert not re.search(rb"Photoshop|xmp|MPF", clean)
    image, turned, _ = read(clean)
    assert image == read(told)[0]
    assert (image.width(), image.height()) == (32, 48)  # it stands upright
    assert image.pixelColor(16, 2).red() > 200
    assert turned
    assert image.colorSpace() == drawn().colorSpace()
    assert bare(clean) == clean


def test_a_photo_that_lies_as_it_is_written_gets_no_exif() -> None:
    clean = bare(jpeg(lies=False))
    assert b"Exif" not in clean
    assert clean == bare(written("jpg"))


def test_a_png_keeps_pixels_and_colours_and_loses_its_texts() -> None:
    clean = bare(png())
    assert SECRET not in clean
    assert zlib.compress(SECRET) not in clean
    assert {name for name in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"caBX") if name in clean} == set()
    image, _, texts = read(clean)
    assert texts == []
    assert image.colorSpace() == drawn().colorSpace()
    assert image.pixelColor(2, 2) == QColor("red")
    assert exif()[:20] not in clean
    assert chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0") in clean
    assert bare(clean) == clean


def test_a_gif_keeps_its_animation_and_loses_its_comments() -> None:
    comment = b"!\xfe" + bytes((len(SECRET),)) + SECRET + b"\0"
    xmp = b"!\xff\x0bXMP DataXMP" + SECRET + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    clean = bare(GIF[:19] + comment + xmp + GIF[19:] + comment + b";" + SECRET)
    assert clean == GIF + b";"
    assert read(clean)[0].pixelColor(0, 0).isValid()


@pytest.mark.parametrize("whole", [written("jpg"), written("png"), GIF + b";"], ids=["jpg", "png", "gif"])
def test_a_picture_that_ends_too_early_is_refused(whole: bytes) -> None:
    for cut in range(4, len(whole) - 1, 3):
        with pytest.raises(PictureFault):
            bare(whole[:cut])
    with pytest.raises(PictureFault):
        bare(whole[: len(whole) // 2] + bytes(range(256)))
