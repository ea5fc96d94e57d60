"""The command line from a clone: `python cli.py` does what `jobcentre` does."""

from jobcentre.commands.app import main

if __name__ == "__main__":
    main()
