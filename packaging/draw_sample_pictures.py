"""Draws the sample shop's product pictures: SVG written here, rendered to PNG in resources/sample/pictures.

Run after changing a drawing: python packaging/draw_sample_pictures.py. The pictures are ours, drawn for this project.
"""

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZE = 520
OUT = Path(__file__).parent.parent / "resources" / "sample" / "pictures"

SHADOW = '<ellipse cx="260" cy="{y}" rx="{rx}" ry="16" fill="#000" opacity=".10"/>'


def scene(wall: str, floor: str, body: str, shadow_y: int = 430, shadow_rx: int = 150) -> str:
    """A product standing on a floor before a wall."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 520"><rect width="520" height="520" fill="{wall}"/>'
        f'<rect y="400" width="520" height="120" fill="{floor}"/>'
        f"{SHADOW.format(y=shadow_y, rx=shadow_rx)}{body}</svg>"
    )


def mug(colour: str, rim: str) -> str:
    return (
        f'<path d="M352 235h30a58 58 0 0 1 0 116h-34" fill="none" stroke="{colour}" stroke-width="24"/>'
        f'<path d="M160 190h200v190a50 50 0 0 1-50 50H210a50 50 0 0 1-50-50z" fill="{colour}"/>'
        f'<ellipse cx="260" cy="190" rx="100" ry="24" fill="{rim}"/><ellipse cx="260" cy="194" rx="84" ry="17" fill="#4a3324"/>'
        '<path d="M182 225v150" stroke="#fff" stroke-width="12" opacity=".25" stroke-linecap="round"/>'
    )


DRAWINGS = {
    "mug-oat": scene("#ece4d8", "#d9cbb8", mug("#c9a982", "#e5d3bb")),
    "mug-moss": scene("#e3e8dc", "#c9d3bd", mug("#74835f", "#a9b594")),
    "mug-ink": scene("#dfe5ea", "#bfcbd5", mug("#33475b", "#6b8299")),
    "teapot": scene(
        "#efe6df",
        "#dccabd",
        '<path d="M352 270q70-10 74-80l26 6q-6 120-92 130z" fill="#a65a43"/>'
        '<path d="M168 250q-90-10-84 70t110 70" fill="none" stroke="#a65a43" stroke-width="22"/>'
        '<ellipse cx="260" cy="320" rx="130" ry="110" fill="#b8674d"/><ellipse cx="260" cy="222" rx="72" ry="18" fill="#93503b"/>'
        '<path d="M196 220q64-50 128 0z" fill="#b8674d"/><circle cx="260" cy="180" r="17" fill="#93503b"/>'
        '<path d="M160 300q10-50 50-66" stroke="#fff" stroke-width="12" fill="none" opacity=".28" stroke-linecap="round"/>',
    ),
    "blanket-rust": scene(
        "#f1e7dc",
        "#dfcdb9",
        '<rect x="110" y="290" width="300" height="52" rx="24" fill="#a4532d"/><rect x="104" y="338" width="312" height="52" rx="24" fill="#b8643a"/>'
        '<rect x="112" y="386" width="296" height="46" rx="22" fill="#8f4626"/>'
        '<path d="M300 292v140M330 292v140" stroke="#f0d9b5" stroke-width="10" opacity=".8"/>'
        '<path d="M120 432v20M140 432v22M160 432v20M180 432v22M200 432v20M220 432v22" stroke="#f0d9b5" stroke-width="5"/>',
        452,
        170,
    ),
    "blanket-sage": scene(
        "#e6ebe2",
        "#ccd6c6",
        '<rect x="110" y="290" width="300" height="52" rx="24" fill="#6c8468"/><rect x="104" y="338" width="312" height="52" rx="24" fill="#7f987a"/>'
        '<rect x="112" y="386" width="296" height="46" rx="22" fill="#5b7258"/>'
        '<path d="M300 292v140M330 292v140" stroke="#eef2e6" stroke-width="10" opacity=".8"/>'
        '<path d="M120 432v20M140 432v22M160 432v20M180 432v22M200 432v20M220 432v22" stroke="#eef2e6" stroke-width="5"/>',
        452,
        170,
    ),
    "lamp": scene(
        "#e9e6ef",
        "#cfc9dc",
        '<rect x="252" y="230" width="16" height="180" fill="#57506b"/><ellipse cx="260" cy="420" rx="80" ry="18" fill="#57506b"/>'
        '<path d="M190 110h140l50 140H140z" fill="#f3d9a4"/><path d="M190 110h140l10 28H180z" fill="#fff" opacity=".4"/>'
        '<ellipse cx="260" cy="252" rx="120" ry="16" fill="#ffe9bf"/><path d="M300 250v56" stroke="#57506b" stroke-width="4"/><circle cx="300" cy="310" r="7" fill="#57506b"/>',
    ),
    "chair": scene(
        "#e4ebef",
        "#c7d5dd",
        '<path d="M170 110q90-30 180 0l-8 170H178z" fill="#d8a657"/><path d="M196 140v130M228 128v146M260 124v150M292 128v146M324 140v130" stroke="#b98735" stroke-width="9"/>'
        '<path d="M150 280h220l14 40H136z" fill="#c9954a"/><path d="M152 320l-22 120M368 320l22 120M200 320v112M320 320v112" stroke="#a87734" stroke-width="17" stroke-linecap="round"/>',
        440,
        160,
    ),
    "candle": scene(
        "#efe9e4",
        "#d8ccc2",
        '<rect x="180" y="250" width="160" height="180" rx="20" fill="#d9d2c5"/><rect x="180" y="250" width="160" height="180" rx="20" fill="#fff" opacity=".25"/>'
        '<rect x="205" y="310" width="110" height="72" rx="6" fill="#5d5347"/><path d="M222 334h76M222 354h50" stroke="#efe6d8" stroke-width="7"/>'
        '<ellipse cx="260" cy="252" rx="80" ry="16" fill="#f4eee2"/><path d="M260 250v-26" stroke="#444" stroke-width="5"/>'
        '<path d="M260 158q34 44 0 72q-34-28 0-72z" fill="#f2a83b"/><path d="M260 190q14 22 0 38q-14-16 0-38z" fill="#fff1c9"/>',
    ),
    "board": scene(
        "#e8ede9",
        "#cbd6ce",
        '<path d="M170 150q0-30 30-30h44v-36a16 16 0 0 1 32 0v36h44q30 0 30 30v250q0 30-30 30H200q-30 0-30-30z" fill="#b98a5a"/>'
        '<path d="M200 150v260M236 140v276M276 140v276M318 150v260" stroke="#a37747" stroke-width="5" opacity=".7"/><circle cx="260" cy="92" r="8" fill="#e8ede9"/>',
    ),
    "vase": scene(
        "#ece7f0",
        "#d4cadd",
        '<path d="M236 230q-10 40-50 70q-40 60 10 130h128q50-70 10-130q-40-30-50-70z" fill="#7d6b9c"/><ellipse cx="260" cy="230" rx="26" ry="7" fill="#5f4f7c"/>'
        '<path d="M258 232q-10-90-60-130M262 232q0-100 8-150M264 232q20-80 74-110" stroke="#6f8a5c" stroke-width="6" fill="none"/>'
        '<circle cx="196" cy="98" r="20" fill="#e8b4a0"/><circle cx="270" cy="78" r="22" fill="#f0cf9a"/><circle cx="340" cy="118" r="19" fill="#e8b4a0"/>',
    ),
    "rug": scene(
        "#f0e8e2",
        "#dccabd",
        '<path d="M90 300h340l50 140H40z" fill="#8c4a4a"/><path d="M112 318h296l34 104H78z" fill="none" stroke="#e9c9a2" stroke-width="8"/>'
        '<path d="M260 330l70 40-70 40-70-40z" fill="#e9c9a2"/><path d="M260 348l38 22-38 22-38-22z" fill="#8c4a4a"/>',
        446,
        220,
    ),
    "planter": scene(
        "#e5ece6",
        "#c8d6ca",
        '<path d="M260 290q-90-40-96-130q84 10 96 130zM260 290q90-40 96-130q-84 10-96 130zM260 290q-30-110 0-190q30 80 0 190z" fill="#55784f"/>'
        '<path d="M260 290q-30-110 0-190v190z" fill="#6a9163"/><path d="M170 290h180l-22 140H192z" fill="#d8d0c4"/><path d="M160 276h200v34H160z" fill="#e6dfd4"/>',
    ),
    "apron": scene(
        "#e8e6df",
        "#d2cdbf",
        '<path d="M206 120q54 46 108 0l12 90q50 10 50 40v170H144V250q0-30 50-40z" fill="#48586b"/><path d="M206 120q54-60 108 0" fill="none" stroke="#2f3c4b" stroke-width="9"/>'
        '<path d="M210 300h100v70H210z" fill="none" stroke="#cdb58a" stroke-width="5" stroke-dasharray="10 7"/>',
    ),
    "bowl": scene(
        "#e6eaee",
        "#c9d2da",
        '<path d="M110 290h300q-10 130-110 140h-80q-100-10-110-140z" fill="#5b88a6"/><ellipse cx="260" cy="290" rx="150" ry="30" fill="#86abc4"/><ellipse cx="260" cy="294" rx="128" ry="21" fill="#3f6480"/>'
        '<path d="M140 330q14 50 50 74" stroke="#fff" stroke-width="11" fill="none" opacity=".3" stroke-linecap="round"/>',
    ),
    "clock": scene(
        "#efece4",
        "#dad3c4",
        '<circle cx="260" cy="240" r="150" fill="#3c4a45"/><circle cx="260" cy="240" r="130" fill="#f6f1e6"/>'
        '<path d="M260 124v22M260 334v22M144 240h22M354 240h22" stroke="#3c4a45" stroke-width="9"/><path d="M260 240V160M260 240l58 36" stroke="#b8674d" stroke-width="11" stroke-linecap="round"/><circle cx="260" cy="240" r="11" fill="#3c4a45"/>',
    ),
    "logo": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 520"><rect width="520" height="520" rx="120" fill="#2f5d50"/>'
        '<path d="M260 96q120 90 0 300q-120-210 0-300z" fill="#e9dcc0"/><path d="M260 180v250M260 260l50-44M260 310l-50-44" stroke="#2f5d50" stroke-width="14" stroke-linecap="round"/></svg>'
    ),
}  # fmt: skip


def main() -> None:
    """Render every drawing."""
    _app = QGuiApplication([])
    OUT.mkdir(parents=True, exist_ok=True)
    for name, svg in DRAWINGS.items():
        image = QImage(SIZE, SIZE, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(svg.encode())).render(painter)
        painter.end()
        target = OUT / f"{name}.png"
        image.save(str(target), "PNG", 0)
        print(target.name, target.stat().st_size)


if __name__ == "__main__":
    main()
