#!/usr/bin/env bash
# Builds Cortex and tries it on random models, structures and schedules for a
# while: compiled code beside the reference evaluator, and beside itself alone
# and in batches, with other numbers of workers. Then, for as long again, random models with
# sanitizers in their code; and for most of as long again the parsers of files under libFuzzer. Prints what was covered. Exit status 0 if nothing failed.
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
    --minutes) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--minutes needs a positive number"; minutes="$2"; shift 2 ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] || die "--seed needs a number"; seed="$2"; shift 2 ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown argument '$1' (try --help)" ;;
  esac
done

cd "$ROOT"
install_packages
say "Building Cortex (the first time takes some minutes)"
configure "$BUILD"
build "$BUILD" cortex cortex-fuzz
say "Random models for $minutes minutes, from seed $seed"
failed=0
"$BUILD/bin/cortex-fuzz" --minutes "$minutes" --seed "$seed" --out "$BUILD/torture" || failed=1
scripts/sanitize.sh --minutes "$minutes" --seed "$seed" || failed=1
scripts/fuzz.sh --seconds $((minutes * 8)) || failed=1
exit "$failed"
