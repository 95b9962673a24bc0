"""Print how fast a gigabyte is taken in, as a raw body and as a form, and with how much memory."""

import sys
from pathlib import Path

import pytest

TEST = Path(__file__).resolve().parents[1] / "tests" / "submissions" / "test_large_body.py"

if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-s", "-m", "", str(TEST)]))
