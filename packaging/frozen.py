"""The entry point of the frozen application: a double click opens the window, a terminal gets the command line."""

from multiprocessing import freeze_support

from restock_desk.cli import main

if __name__ == "__main__":
    freeze_support()  # a worker's further processes are this program again
    main()
