"""``python -m portal``: the command line where no ``gemella`` script is installed."""

from portal.commands import main

if __name__ == "__main__":
    main()
