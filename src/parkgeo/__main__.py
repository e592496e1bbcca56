"""``python -m parkgeo`` is the command line."""

import sys

from parkgeo.cli import main

if __name__ == "__main__":
    sys.exit(main())
