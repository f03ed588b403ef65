"""Runs every benchmark beside this file, one after the other, and prints what each found. Figures are ratios."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run all, or those whose names are given. Exits 1 when one of them fails."""
    here = Path(__file__).parent
    failed = []
    for path in sorted(here.glob("bench_*.py")):
        if sys.argv[1:] and not any(name in path.stem for name in sys.argv[1:]):
            continue
        print(f"== {path.stem}", flush=True)
        if subprocess.run([sys.executable, str(path)], check=False, cwd=here.parent.parent).returncode:
            failed.append(path.stem)
    print("failed: " + ", ".join(failed) if failed else "all benchmarks ran")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
