"""`python -m submissions check DIR|ZIP|CSV...`: check files before they are sent."""

import sys

from submissions.checking import main

if __name__ == "__main__":
    sys.exit(main())
