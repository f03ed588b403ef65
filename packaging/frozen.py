"""The entry point of the frozen application: a double click opens the window, a terminal gets the command line."""

from restock_desk.cli import main

if __name__ == "__main__":
    main()
