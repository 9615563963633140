#!/usr/bin/env bash
# Runs generated code under AddressSanitizer and ThreadSanitizer: models are compiled
# with --sanitize to objects and linked with the runtime into programs that have no
# compiler in them. Exit status 0 if nothing was reported but what had to be.
#
#   scripts/sanitize.sh                          chosen models, and mutants that must be reported
#   scripts/sanitize.sh --minutes N [--seed S]   random models for so long, in lots of twenty
#
# Installs what scripts/test.sh installs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

minutes=0 seed=$(($(date +%s) % 1000000000))
while (($#)); do
  case "$1" in
    --minutes) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--minutes needs a positive number"; minutes="$2"; shift 2 ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] || die "--seed needs a number"; seed="$2"; shift 2 ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown argument '$1' (try --help)" ;;
  esac
done

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
short_of() { [[ $1 == address ]] && echo asan || echo tsan; }

# run_linked SANITIZER FOLDER [cortex-emit-sanitized arguments…]: compiles, links and runs; the log is FOLDER/log.
run_linked() {
  local sanitizer="$1" folder="$2" tree
  shift 2
  tree="$BUILD-$(short_of "$sanitizer")"
  rm -rf "$folder" && mkdir -p "$folder"
  "$BUILD/bin/cortex-emit-sanitized" --sanitize "$sanitizer" --out "$folder" "$@" >"$folder/log" 2>&1 || return 1
  clang-22 -c "$folder/programs.c" -I "$ROOT/integration_test/Sanitizers" -I "$ROOT/runtime/include" -o "$folder/programs.o" &&
    clang++-22 -fsanitize="$([[ $sanitizer == address ]] && echo address,undefined || echo thread)" -o "$folder/driver" \
      -Wl,--whole-archive "$tree/lib/libCortexSanitizedDriver.a" -Wl,--no-whole-archive "$folder"/*.o \
      "$tree"/lib/lib{CortexIO,cortex-runtime-static,cortex-manifest}.a -lpthread -ldl &&
    "$folder/driver" "$folder" >>"$folder/log" 2>&1
}

# run_both FOLDER [arguments…]: both sanitizers at once.
run_both() {
  local folder="$1" sanitizer status=0
  shift
  run_linked address "$folder-address" "$@" & local address=$!
  run_linked thread "$folder-thread" "$@" & local thread=$!
  wait "$address" || { status=1; failed+=("$folder-address/log"); }
  wait "$thread" || { status=1; failed+=("$folder-thread/log"); }
  for sanitizer in address thread; do
    say "$sanitizer"
    if ((status)); then cat "$folder-$sanitizer/log"; else grep -vE '^(  |wrote)' "$folder-$sanitizer/log"; fi
  done
}

cd "$ROOT"
install_packages
configure "$BUILD"
build "$BUILD" cortex-emit-sanitized
for sanitizer in address thread; do
  configure_sanitized "$(short_of "$sanitizer")"
  build "$BUILD-$(short_of "$sanitizer")" CortexSanitizedDriver CortexIO cortex-runtime-static
done
failed=()
if ((minutes == 0)); then
  run_both "$BUILD/sanitized"
else
  end=$((SECONDS + minutes * 60)) models=0
  while ((SECONDS < end && ${#failed[@]} == 0)); do
    run_both "$BUILD/sanitized-random" --random 20 --seed "$((seed + models))"
    models=$((models + 20))
  done
  echo "$models random models, seeds $seed to $((seed + models - 1))"
fi
((${#failed[@]} == 0)) || die "findings in ${failed[*]}"
