"""bench_rows.py FILE COUNT: whether FILE has so many rows of scripts/bench.sh, each complete and with right answers."""

import json
import sys

NUMBERS = ["batch", "workers", "us", "floor_us", "fraction_of_floor", "max_error", "nodes", "ns_per_node", "linearize_us",
           "linearize_ns_per_node", "compile_s", "load_ms", "processes"]

rows = json.load(open(sys.argv[1]))
assert len(rows) == int(sys.argv[2]), f"{len(rows)} rows"
for row in rows:
    name = f"{row['case']}, batch {row['batch']}, {row['workers']} workers"
    for key in NUMBERS:
        assert isinstance(row[key], (int, float)) and row[key] >= 0, f"{name}: {key} is {row[key]}"
    assert row["us"] > 0 and row["floor_us"] > 0, name
    assert row["max_error"] < 1e-5, f"{name}: the largest error is {row['max_error']}"
    assert len(row["quartiles"]) == 2 and row["cpu"] and row["model"] and row["dtype"] and "hidden" in row, name
    if row["expert_us"] is None:
        assert row["no_expert"], name
    else:
        # TreeRNN's other side is a copy of its bytes.
        assert row["model"] == "TreeRNN" or row["expert_error"] < 1e-5, f"{name}: the expert's error is {row['expert_error']}"
print(len(rows), "complete rows")
