"""`python -m restock_desk` is the same as the command `restock-desk`."""

from restock_desk.cli import main

if __name__ == "__main__":
    main()
