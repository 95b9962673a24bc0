"""Print how many providers' days a minute are checked, pseudonymised and handed over."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST = ROOT / "tests" / "submissions" / "test_many_days.py"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(pytest.main(["-q", "-s", "-m", "", str(TEST)]))
