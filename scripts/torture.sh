#!/usr/bin/env bash
# Builds Cortex and tries it on random models, structures and schedules for a
# while: compiled code beside the reference evaluator, and beside itself alone
# and in batches, with other numbers of workers. Prints what was covered. Exit status 0 if nothing failed.
#
#   scripts/torture.sh --minutes 10             from a seed of the clock, which is printed
#   scripts/torture.sh --minutes 10 --seed 7    the same models again
#
# Failing cases are made small and written to build/torture, each with the
# command that repeats it. Installs what scripts/test.sh installs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

minutes=10 seed=$(($(date +%s) % 1000000000))
while (($#)); do
  case "$1" in
    --minutes) minutes="${2:?--minutes needs a number}"; shift 2 ;;
    --seed) seed="${2:?--seed needs a number}"; shift 2 ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown argument '$1' (try --help)" ;;
  esac
done

cd "$ROOT"
install_packages
say "Building Cortex (the first time takes some minutes)"
configure "$BUILD"
build "$BUILD" cortex cortex-fuzz
say "Random models for $minutes minutes, from seed $seed"
"$BUILD/bin/cortex-fuzz" --minutes "$minutes" --seed "$seed" --out "$BUILD/torture"
