#!/usr/bin/env bash
# From a fresh clone to answers: installs what is missing, builds, compiles a trained
# sentiment model to machine code, and runs it on real parse trees and on your own
# sentences (edit samples/sentences.txt and run this again).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

install_packages
say "Building Cortex (the first time takes some minutes)"
configure "$BUILD"
build "$BUILD" cortex
cortex="$BUILD/bin/cortex"
samples="$ROOT/samples"
work="$BUILD/demo"
mkdir -p "$work"

say "Compiling the trained model (TreeFC, 35 units) to machine code"
"$cortex" compile TreeFC --weights "$samples/treefc/weights.safetensors" -o "$work/treefc.cortex"

say "Running it on 200 parse trees that it was not trained on (published accuracy: 0.815)"
"$cortex" run "$work/treefc.cortex" --input "$samples/treefc/test.jsonl" \
  --labels "$samples/treefc/test.labels.txt" --expect "$samples/treefc/test.logits.txt" --tolerance 1e-4

say "Its latency beside the same model compiled with batching=none (every node by itself)"
"$cortex" compile TreeFC --weights "$samples/treefc/weights.safetensors" --schedule batching=none \
  -o "$work/unbatched.cortex" >"$work/unbatched.log"
# One thread, so that nothing but batching differs; in turns, so that both meet the same machine.
for round in 1 2 3; do
  for batch in 1 10 50; do
    for artifact in treefc unbatched; do
      "$cortex" bench "$work/$artifact.cortex" --input "$samples/treefc/test.jsonl" --batch "$batch" --threads 1 \
        --json >"$work/$artifact.$batch.$round.json"
    done
  done
done
python3 - "$work" <<'PY'
import json, statistics, sys

def load(name, batch, round):
    return json.load(open(f"{sys.argv[1]}/{name}.{batch}.{round}.json"))

def median(name, batch):
    return statistics.median(load(name, batch, r)["us_per_batch"] for r in (1, 2, 3))

print(load("treefc", 1, 1)["cpu"] + ", one thread, us per call")
print(f"{'trees per call':>14}  {'batched':>9}  {'batching=none':>13}  {'faster':>6}")
for batch in (1, 10, 50):
    ours, plain = median("treefc", batch), median("unbatched", batch)
    print(f"{batch:>14}  {ours:>9.1f}  {plain:>13.1f}  {plain / ours:>5.1f}x")
PY

say "Your own sentences (samples/sentences.txt)"
"$cortex" run "$work/treefc.cortex" --input "$samples/sentences.txt" --vocab "$samples/treefc/vocab.txt" \
  --predict --classes negative,positive

data="$CORTEX_DATA/treernn_sst"
if [[ -d $data ]]; then
  for split in train dev; do
    say "All $split trees of the public data (published accuracy: $([[ $split == train ]] && echo 1.000 || echo 0.80))"
    "$cortex" run "$work/treefc.cortex" --input "$data/$split.txt" --vocab "$data/vocab.txt" --label-map 0=0,4=1 \
      --expect "$data/$split.logits.txt" --tolerance 1e-4
  done
else
  say "The public data is not at $CORTEX_DATA (set CORTEX_DATA): its train and dev accuracies are skipped"
fi
