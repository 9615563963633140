#!/usr/bin/env bash
# Runs the parsers of what comes from outside under libFuzzer, with address and
# undefined-behaviour sanitizers, CORTEX_JOBS of them (default: one per CPU) at a time.
#
#   scripts/fuzz.sh [--seconds N] [PARSER...]     default: a minute each, all that have a folder in fuzz/corpus
#   scripts/fuzz.sh --merge [PARSER...]           keeps of what earlier runs found what adds coverage and is small
#
# First, faults planted on purpose must be caught. Inputs that fail are left in
# build-fuzz/found, which is named at the end; the exit status is then 1. The kept
# corpus is fuzz/corpus/PARSER. Installs what scripts/test.sh installs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=60 merge=0 parsers=()
all=$(cd "$ROOT/fuzz/corpus" && echo *)
while (($#)); do
  case "$1" in
    --seconds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--seconds needs a positive number"; seconds="$2"; shift 2 ;;
    --merge) merge=1; shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) [[ -d $ROOT/fuzz/corpus/$1 ]] || die "no parser '$1': expected one of $all"
       parsers+=("$1"); shift ;;
  esac
done
((${#parsers[@]})) || read -ra parsers <<<"$all"

dir="$BUILD-fuzz" found="$BUILD-fuzz/found" seeds="$BUILD-fuzz/seeds"
# Far beyond what any input takes on a busy machine: an input that does not end is what this finds.
limits=(-rss_limit_mb=2048 -malloc_limit_mb=64 -timeout=60 -max_len=65536)

# caught FAULT WORDS: the harness `planted`, given the fault's name, must fail and say so.
caught() {
  local file="$dir/planted-$1" patience=120
  printf '%s' "$1" >"$file"
  # Short only for the one that waits: libFuzzer's alarm must not come while another's report is written.
  [[ $1 != hang ]] || patience=1
  if "$dir/bin/fuzz-planted" -timeout="$patience" -malloc_limit_mb=64 -artifact_prefix="$dir/planted-out-" "$file" \
    >"$file.log" 2>&1; then
    echo "the planted fault '$1' went unseen"
    return 1
  fi
  grep -qE "$2" "$file.log" || { tail -n 20 "$file.log"; echo "the planted fault '$1' was not reported as $2"; return 1; }
}

planted_faults() {
  caught overrun heap-buffer-overflow
  caught overflow 'signed integer overflow'
  caught leak 'detected memory leaks'
  caught grow 'memory in proportion to the input'
  caught hang 'timeout'
  caught false 'a message if and only if'
  # A harness that accepts nothing fails, too: these runs never try the one input that is accepted.
  if "$dir/bin/fuzz-planted" -runs=20 -max_len=2 -seed=1 >"$dir/planted-nothing.log" 2>&1; then
    echo "a harness that accepts nothing went unseen"
    return 1
  fi
  grep -q 'some input is accepted' "$dir/planted-nothing.log"
  printf accept >"$dir/planted-accept"
  "$dir/bin/fuzz-planted" "$dir/planted-accept" >"$dir/planted-accept.log" 2>&1
}

# The tests of the dialect, one model a file, are good places to start from. Those of errors would only be
# tried again and again: the models next to them lead there, too.
make_seeds() {
  rm -rf "$seeds"
  mkdir -p "$seeds"
  awk -v dir="$seeds" 'FNR == 1 || /^\/\/ -----/ { close(out); out = dir "/" ++n ".mlir" } { print >out }' \
    $(find "$ROOT/test/Dialect/RA" -name '*.mlir' ! -name 'invalid-*')
}

# run PARSER: for so many seconds. New inputs go to a corpus in the build folder: the kept one stays as it is.
run() {
  local parser="$1" log="$dir/$1.log" given=() extra=() executed files
  mkdir -p "$dir/corpus/$parser" "$found/$parser"
  given=("$dir/corpus/$parser" "$ROOT/fuzz/corpus/$parser")
  [[ $parser != model ]] || given+=("$seeds")
  [[ ! -f $ROOT/fuzz/$parser.dict ]] || extra+=("-dict=$ROOT/fuzz/$parser.dict")
  files=$(find "${given[@]}" -type f | wc -l)
  "$dir/bin/fuzz-$parser" "${limits[@]}" -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="$found/$parser/" "${extra[@]}" "${given[@]}" \
    >"$log" 2>&1 || return 1
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  # A run must have done more than read what it was given.
  ((executed > files + 100)) || { echo "only $executed inputs were tried, of which $files were given" >>"$log"; return 1; }
}

install_packages
configure "$dir" -DCORTEX_FUZZ=ON -DCORTEX_TESTS=OFF -DCORTEX_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=Release
build "$dir" fuzz-planted "${parsers[@]/#/fuzz-}"
if ((merge)); then
  for parser in "${parsers[@]}"; do
    "$dir/bin/fuzz-$parser" "${limits[@]}" -merge=1 "$ROOT/fuzz/corpus/$parser" "$dir/corpus/$parser"
  done
  exit
fi
say "Faults planted on purpose"
(planted_faults) || die "the set-up misses faults"
make_seeds

say "Fuzzing ${parsers[*]}, $seconds s each, $JOBS at a time"
declare -A parser_of
running=0 failed=()
finish_one() {
  local status=0 id parser
  wait -n -p id || status=$?
  parser="${parser_of[$id]}"
  running=$((running - 1))
  echo "$parser: $(sed -nE 's/^(accepted .*)/\1/p' "$dir/$parser.log" | tail -n 1)" \
    "$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$dir/$parser.log" | tail -n 1)"
  ((status == 0)) || { failed+=("$parser"); tail -n 60 "$dir/$parser.log"; }
}
for parser in "${parsers[@]}"; do
  ((running < JOBS)) || finish_one
  run "$parser" &
  parser_of[$!]="$parser"
  running=$((running + 1))
done
while ((running)); do finish_one; done
((${#failed[@]} == 0)) || die "findings in ${failed[*]}: the inputs are in $found"
