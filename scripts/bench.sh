#!/usr/bin/env bash
# Builds and runs the measurements of the zoo's models: Cortex beside hand-written
# code, the machine's ceilings and the floor that follows from them. docs/Performance.md
# says how they are made.
#
#   scripts/bench.sh --json rows.json              all models: ten processes each, some minutes
#   scripts/bench.sh TreeLSTM LSTM --quick         two of them, three short processes each
#   scripts/bench.sh TreeLSTM-512 --schedule tables=off
#   scripts/bench.sh TreeGRU --ablate --scaling    each key of the schedule changed alone; large batches
#   scripts/bench.sh --smoke                       tiny models: whether everything works, not how fast
#   scripts/bench.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

install_packages >&2
configure "$BUILD"
build "$BUILD" cortex-bench-models >&2
exec python3 "$ROOT/benchmarks/bench.py" --bin "$BUILD/bin" "$@"
