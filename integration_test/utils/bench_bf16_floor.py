"""bench_bf16_floor.py F32 BF16: whether rows of compute=bf16 have a floor by the peak of the CPU's dot products of bf16, beside the same
cases' in f32; none where the CPU has no such instruction."""

import json
import sys


def rows(path):
    return {(r["case"], r["batch"]): r for r in json.load(open(path)) if r["workers"] == 1}


f32, bf16 = rows(sys.argv[1]), rows(sys.argv[2])
assert bf16, "no rows"
for key, row in bf16.items():
    peak = row["ceilings"]["bf16_gflops"]
    if peak == 0:
        assert "floor_us" not in row, f"{key}: a floor without a peak"
        continue
    flops, expected = row["floor_parts"]["flops_us"] * peak, f32[key]["floor_parts"]["flops_us"] * f32[key]["ceilings"]["gflops"]
    assert abs(flops - expected) <= 1e-3 * expected, f"{key}: {flops} FLOPs, {expected} in f32"
print(len(bf16), "floors by the right peak")
