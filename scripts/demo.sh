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
for batch in 1 10; do
  for artifact in treefc unbatched; do
    "$cortex" bench "$work/$artifact.cortex" --input "$samples/treefc/test.jsonl" --batch "$batch" --json \
      >"$work/$artifact.$batch.json"
  done
done
python3 - "$work" <<'PY'
import json, sys
load = lambda name, batch: json.load(open(f"{sys.argv[1]}/{name}.{batch}.json"))
print(load("treefc", 1)["cpu"])
print(f"{'trees per call':>14}  {'batched':>12}  {'batching=none':>13}  {'faster':>6}")
for batch in (1, 10):
    ours, plain = (load(name, batch)["us_per_batch"] for name in ("treefc", "unbatched"))
    print(f"{batch:>14}  {ours:>9.1f} us  {plain:>10.1f} us  {plain / ours:>5.1f}x")
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
