"""The floor of the validation benchmark: read the same files with Polars and do nothing else."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

if __name__ == "__main__":
    begun = time.process_time()
    rows = sum(
        pl.read_csv(path, infer_schema=False).height for path in Path(sys.argv[1]).glob("*.csv")
    )
    print(json.dumps({"findings": 0, "rows": rows, "work": time.process_time() - begun}))
