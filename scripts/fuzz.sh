#!/usr/bin/env bash
# Runs the parsers of files under libFuzzer, with address and undefined-behaviour sanitizers.
#
#   scripts/fuzz.sh [--seconds N] [PARSER...]     default: a minute each, all of fuzz/*.cpp
#
# Inputs that fail are left in build-fuzz/found, which is named at the end; the exit
# status is then 1. The kept corpus is fuzz/corpus/PARSER. Installs what scripts/test.sh installs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=60 parsers=()
while (($#)); do
  case "$1" in
    --seconds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--seconds needs a positive number"; seconds="$2"; shift 2 ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) [[ -f $ROOT/fuzz/$1.cpp ]] || die "no parser '$1': expected one of $(cd "$ROOT/fuzz" && echo *.cpp | sed 's/\.cpp//g')"
       parsers+=("$1"); shift ;;
  esac
done
if ((${#parsers[@]} == 0)); then
  for file in "$ROOT"/fuzz/*.cpp; do parsers+=("$(basename "$file" .cpp)"); done
fi

dir="$BUILD-fuzz" found="$BUILD-fuzz/found" failed=()
install_packages
configure "$dir" -DCORTEX_RUNTIME_ONLY=ON -DCORTEX_FUZZ=ON -DCORTEX_TESTS=OFF \
  -DCORTEX_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo
build "$dir" "${parsers[@]/#/fuzz-}"
for parser in "${parsers[@]}"; do
  say "Fuzzing $parser for $seconds s"
  mkdir -p "$dir/corpus/$parser" "$found/$parser"
  # The first corpus folder takes what is new: the kept one stays as it is.
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$dir/bin/fuzz-$parser" -max_total_time="$seconds" \
    -rss_limit_mb=1024 -malloc_limit_mb=64 -timeout=10 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$found/$parser/" "$dir/corpus/$parser" "$ROOT/fuzz/corpus/$parser" \
    >"$dir/$parser.log" 2>&1 || { failed+=("$parser"); tail -n 60 "$dir/$parser.log"; }
  grep -E 'DONE|number_of_executed' "$dir/$parser.log" || true
done
((${#failed[@]} == 0)) || die "findings in ${failed[*]}: the inputs are in $found"
