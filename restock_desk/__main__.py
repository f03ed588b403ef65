"""The entry point: `python -m restock_desk` is the same as the command `restock-desk`."""

import sys


def main() -> None:
    """The command line. Ctrl+C while it is still being loaded ends with 130 and a word, as it does later."""
    try:
        from restock_desk.cli import main as command_line  # only here: processes that it starts read this file, too
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        raise SystemExit(130) from None
    command_line()


if __name__ == "__main__":
    main()
