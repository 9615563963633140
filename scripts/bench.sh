#!/usr/bin/env bash
# Builds and runs the benchmarks: Cortex beside hand-written code, in turns.
# Arguments are those of cortex-bench-treelstm:
#
#   scripts/bench.sh                     hidden 256 and 512, batches of 1 and 10
#   scripts/bench.sh --json out.json     also as JSON
#   scripts/bench.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

install_packages >&2
configure "$BUILD"
build "$BUILD" cortex-bench-treelstm >&2
exec "$BUILD/bin/cortex-bench-treelstm" "$@"
