"""Print how fast a gigabyte is taken in, as a raw body and as a form, and with how much memory."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST = ROOT / "tests" / "submissions" / "test_large_body.py"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(pytest.main(["-q", "-s", "-m", "", str(TEST)]))
