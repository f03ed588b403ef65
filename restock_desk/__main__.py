"""`python -m restock_desk` is the same as the command `restock-desk`."""

if __name__ == "__main__":
    from restock_desk.cli import main  # only here: processes that it starts read this file, too

    main()
