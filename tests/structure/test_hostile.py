import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_two_hundred_hostile_files_are_each_refused_soon_and_in_little_memory():
    told = subprocess.run(
        [sys.executable, "-m", "tests.structure.hostile"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    *answers, last = [json.loads(line) for line in told.stdout.splitlines()]

    assert len(answers) == 200
    assert all(answer["faults"] for answer in answers)
    assert max(answer["seconds"] for answer in answers) < 2
    assert last["peak_mib"] < 300
