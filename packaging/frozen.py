"""The entry point of the frozen application: a double click opens the window, a terminal gets the command line."""

import sys
from multiprocessing import freeze_support

if __name__ == "__main__":
    freeze_support()  # a worker's further processes are this program again
    if sys.argv[1:2] == ["renderer-process"]:  # and so are the processes that render what strangers wrote
        from restock_desk.rendering.processes import server

        server.main(sys.argv[2])
    else:
        from restock_desk.cli import main

        main()
