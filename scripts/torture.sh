#!/usr/bin/env bash
# Builds Cortex and tries hard to show that it is wrong, for as long as you like:
#   - random models, structures and schedules, compiled: beside the reference
#     evaluator, and byte for byte alone, in batches, in chunks, with other numbers
#     of workers, from the artifact and compiled otherwise
#   - random models with their workers interleaved at random, in an interpreter
#   - generated code of random models under AddressSanitizer and ThreadSanitizer
#   - the parsers of everything that comes from outside under libFuzzer
# Prints seeds and what was covered, and one line at the end. Exit status 0 if
# nothing failed.
#
#   scripts/torture.sh --minutes 30             from a seed of the clock, which is printed
#   scripts/torture.sh --minutes 30 --seed 7    the same models again
#   scripts/torture.sh --minutes 30 --only "random models"
#
# The time is that of all parts together, building not counted. Failing cases are
# made small and written to build/torture, each with the command that repeats it.
# Installs what scripts/test.sh installs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

minutes=10 seed=$(($(date +%s) % 1000000000)) only=''
while (($#)); do
  case "$1" in
    --minutes) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--minutes needs a positive number"; minutes="$2"; shift 2 ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] || die "--seed needs a number"; seed="$2"; shift 2 ;;
    --only) [[ -n ${2:-} ]] || die "--only needs the name of a part"; only="$2"; shift 2 ;;
    -h | --help) sed -n '2,20s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown argument '$1' (try --help)" ;;
  esac
done

out="$BUILD/torture"
names=() shares=() commands=()
# part NAME SHARE FUNCTION: runs `FUNCTION SECONDS SEED` for its share of the time. Its last line goes to the summary.
part() { names+=("$1") shares+=("$2") commands+=("$3"); }

random_models() {
  "$BUILD/bin/cortex-fuzz" --minutes "$(awk "BEGIN { print $1 / 60 }")" --seed "$2" --jobs "$JOBS" --cases-each 8 --out "$out"
}
interleaved_workers() {
  CORTEX_MINUTES=$((($1 + 59) / 60)) CORTEX_SEED="$2" "$BUILD/bin/InterleavedTests" --gtest_filter="*RandomInterleaved*" | sed "/^\[/d; /^Note:/d; /^$/d"
}
sanitized_code() { scripts/sanitize.sh --minutes $((($1 + 59) / 60)) --seed "$2"; }
parsers() {
  # A few parsers run at a time, each for its part of the time.
  local count at_once
  count=$(find fuzz/corpus -mindepth 1 -maxdepth 1 -type d | wc -l)
  at_once=$((JOBS < count ? JOBS : count))
  scripts/fuzz.sh --seconds $(($1 * at_once / count + 1)) && echo "$count parsers, no finding"
}

part "random models" 6 random_models
part "interleaved workers" 1 interleaved_workers
part "sanitized code" 1 sanitized_code
part "parsers" 2 parsers

total=0
for i in "${!names[@]}"; do
  [[ -z $only || $only == "${names[i]}" ]] && total=$((total + shares[i]))
done
((total)) || die "no part is called '$only': there are $(printf "'%s' " "${names[@]}")"

cd "$ROOT"
install_packages
say "Building Cortex (the first time takes some minutes)"
configure "$BUILD"
build "$BUILD" cortex cortex-fuzz InterleavedTests cortex-emit-sanitized
mkdir -p "$out"

failed=0 summary=()
for i in "${!names[@]}"; do
  [[ -z $only || $only == "${names[i]}" ]] || continue
  seconds=$((minutes * 60 * shares[i] / total))
  say "${names[i]}: $seconds s, seed $seed"
  log="$out/${names[i]// /-}.log" result=passed
  "${commands[i]}" "$seconds" "$seed" 2>&1 | tee "$log" || { result=FAILED failed=$((failed + 1)); }
  summary+=("${names[i]}: $result ($(grep -v '^[[:space:]]*$' "$log" | tail -n 1))")
done

say "Summary"
printf '%s\n' "${summary[@]}"
if ((failed)); then
  echo "torture: FAILED in $failed of ${#summary[@]} parts, seed $seed; cases that repeat what was found are in $out, logs beside them"
  exit 1
fi
echo "torture: passed: all ${#summary[@]} parts, $minutes minutes, seed $seed: compiled code agreed with the reference everywhere, nothing was reported"
