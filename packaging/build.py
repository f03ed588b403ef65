"""Builds the wheel, the frozen application (PyInstaller, one folder) and its Debian package into dist/.

Run by `make package`. Needs dpkg-deb for the Debian package; without it the rest is built and that is said.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD, DIST = ROOT / "build", ROOT / "dist"
SYSTEMD = ROOT / "packaging" / "systemd"
NAME = "restock-desk"
UNWANTED = ("qml", "translations/qt", "translations/assistant", "translations/designer", "translations/linguist")
HIDDEN = (
    "psycopg_binary",
    "keyring.backends",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
)


def main() -> int:
    """Build all three and print where they are."""
    for folder in (BUILD / "deb", DIST):
        shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(DIST))
    _freeze()
    _trim(DIST / NAME)
    for path in sorted(DIST.glob("*.whl")):
        print(f"wheel: {path.relative_to(ROOT)}")
    print(f"application: {(DIST / NAME).relative_to(ROOT)}")
    if shutil.which("dpkg-deb") is None:
        print("dpkg-deb is not here: no Debian package was built.")
        return 0
    print(f"Debian package: {_debian().relative_to(ROOT)}")
    return 0


def _freeze() -> None:
    _run(
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--onedir", "--name", NAME,
        "--distpath", str(DIST), "--workpath", str(BUILD / "frozen"), "--specpath", str(BUILD),
        "--add-data", f"{ROOT / 'resources'}{os.pathsep}restock_desk/_resources",
        "--add-data", f"{ROOT / 'restock_desk' / 'store' / 'migrations'}{os.pathsep}restock_desk/store/migrations",
        "--collect-submodules", "restock_desk", "--collect-data", "qtawesome", "--collect-data", "babel",
        "--collect-data", "procrastinate", "--copy-metadata", "procrastinate", "--copy-metadata", "keyring",
        *(part for name in HIDDEN for part in ("--hidden-import", name)),
        "--exclude-module", "tkinter", "--exclude-module", "pytest",
        str(ROOT / "packaging" / "frozen.py"),
    )  # fmt: skip


def _trim(folder: Path) -> None:
    """Leave out what the window never uses: QML, Qt's own translations, developer tools of the preview's engine."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and (any(f"/{name}" in inside for name in UNWANTED) or "devtools" in path.name):
            path.unlink()
    locales = list(folder.rglob("qtwebengine_locales/*.pak"))
    for path in locales:
        if not path.name.startswith("en-"):
            path.unlink()


def _debian() -> Path:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    root = BUILD / "deb"
    shutil.copytree(DIST / NAME, root / "opt" / NAME, symlinks=True)
    for source, target in (
        (ROOT / "packaging" / f"{NAME}.desktop", f"usr/share/applications/{NAME}.desktop"),
        (ROOT / "resources" / "icons" / f"{NAME}.svg", f"usr/share/icons/hicolor/scalable/apps/{NAME}.svg"),
        (ROOT / "LICENSE", f"usr/share/doc/{NAME}/copyright"),
        (ROOT / "packaging" / "postgresql-roles.sql", f"usr/share/doc/{NAME}/postgresql-roles.sql"),
        (SYSTEMD / "environment.example", f"usr/share/doc/{NAME}/environment.example"),
        (SYSTEMD / f"{NAME}-worker.service", f"usr/lib/systemd/system/{NAME}-worker.service"),
        (SYSTEMD / f"{NAME}-web.service", f"usr/lib/systemd/system/{NAME}-web.service"),
    ):
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, root / target)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / NAME).symlink_to(f"/opt/{NAME}/{NAME}")
    (root / "DEBIAN").mkdir()
    size = sum(p.stat().st_size for p in root.rglob("*") if p.is_file() and not p.is_symlink()) // 1024
    (root / "DEBIAN" / "control").write_text(
        f"Package: {NAME}\nVersion: {version[1]}\nArchitecture: {_architecture()}\nSection: mail\nPriority: optional\n"
        f"Maintainer: The Restock Desk developers <restock-desk@localhost>\nInstalled-Size: {size}\n"
        f"Depends: {', '.join(_depends())}\n"
        "Description: back-in-stock alerts from a desk of your own\n"
        " Keeps the products and who waits for what, notices restocks, composes the\n"
        " e-mail with a live preview, sends it once to each, and shows what came back.\n",
        encoding="utf-8",
    )
    package = DIST / f"{NAME}_{version[1]}_{_architecture()}.deb"
    _run("dpkg-deb", "--root-owner-group", "-Zzstd", "--build", str(root), str(package))
    return package


def _depends() -> list[str]:
    """The system libraries of the set-up script, so that there is one list."""
    script = (ROOT / "packaging" / "system-libraries.sh").read_text(encoding="utf-8")
    found = re.search(r'^desktop="([^"]+)"', script, re.MULTILINE)
    assert found is not None
    return found[1].split()


def _architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    raise SystemExit(main())
