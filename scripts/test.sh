#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. The last line says how
# many tests passed, failed and were skipped; the exit status is 0 if none failed.
#
#   scripts/test.sh            everything but clang-tidy
#   scripts/test.sh --quick    without the sanitizer builds and the fuzzing of parsers
#   CI=true scripts/test.sh    with clang-tidy on recently changed files
#
# CORTEX_DATA names the folder with public test data (default ../shared/data),
# CORTEX_BUILD_DIR the build folder (default build), CORTEX_JOBS the parallelism.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

quick=0
for argument in "$@"; do
  case "$argument" in
    --quick) quick=1 ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown argument '$argument' (try --help)" ;;
  esac
done

# Twice what any part takes on two slow CPUs: one that hangs ends within the hour, and the log's end names it.
limit=(timeout 1500)

passed=0 failed=0 skipped=0 failures=() notes=() began=$SECONDS

finish() {
  say "Summary ($((SECONDS - began)) s)"
  local line
  for line in "${notes[@]}"; do echo "$line"; done
  for line in "${failures[@]}"; do echo "FAILED: $line"; done
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}

# check NAME COMMAND…: one check that passes or fails as the command does.
check() {
  local name="$1" start=$SECONDS
  shift
  say "$name"
  if "$@"; then
    passed=$((passed + 1))
    notes+=("$name: passed ($((SECONDS - start)) s)")
  else
    failed=$((failed + 1))
    failures+=("$name")
  fi
}

# suite NAME RESULTS.xml COMMAND…: a test runner that leaves JUnit results, whose tests are counted.
suite() {
  local name="$1" results="$2" start=$SECONDS status=0
  shift 2
  say "$name"
  rm -f "$results"
  "$@" || status=$?
  local all=0 bad=0 not_run=0 counts=''
  # The totals are attributes of the testsuite elements, in either runner's order.
  [[ -f $results ]] && counts="$(python3 - "$results" <<'PY'
import sys, xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
total = lambda key: sum(int(s.get(key, 0)) for s in suites)
print(total("tests"), total("failures") + total("errors"), total("skipped") + total("disabled"))
PY
)"
  [[ -n $counts ]] && read -r all bad not_run <<<"$counts"
  passed=$((passed + all - bad - not_run)) failed=$((failed + bad)) skipped=$((skipped + not_run))
  if ((bad)); then
    failures+=("$name: $bad of $all tests")
  elif ((status != 0 || all == 0)); then
    # A runner that breaks down, or that finds no test, must not look like success.
    failed=$((failed + 1))
    failures+=("$name: the runner exited with status $status after $all tests")
  else
    notes+=("$name: $all tests, $not_run skipped ($((SECONDS - start)) s)")
  fi
}

format_check() {
  git -C "$ROOT" ls-files -z -- '*.h' '*.hpp' '*.c' '*.cc' '*.cpp' |
    (cd "$ROOT" && xargs -0 -r -n 40 -P "$JOBS" clang-format-22 --dry-run -Werror)
}

# No file is long: 600 lines is where a file is split.
length_check() {
  local long
  long="$(cd "$ROOT" && git ls-files -z -- '*.h' '*.hpp' '*.c' '*.cc' '*.cpp' '*.td' '*.py' '*.sh' |
    xargs -0 wc -l | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines" }')"
  [[ -z $long ]] || { echo "$long"; return 1; }
}

# The runtime library must know no LLVM, MLIR or Python, and formats no JSON.
runtime_symbols_check() {
  local library found
  library="$(find "$BUILD" -name 'libcortex-runtime.so' -print -quit)"
  [[ -n $library ]] || { echo "no libcortex-runtime.so in $BUILD"; return 1; }
  ldd "$library"
  found="$({ ldd "$library"; nm -DC "$library"; } | grep -iE 'llvm|mlir|python|nlohmann' || true)"
  [[ -z $found ]] || { echo "$found"; return 1; }
}

# clang-tidy over the sources that differ from where this line of work began,
# newest first, for at most ten minutes.
tidy() {
  local base head limit=$((SECONDS + 600)) file files=() done_=0 status=0
  head="$(git -C "$ROOT" rev-parse HEAD)"
  base="$(git -C "$ROOT" merge-base HEAD origin/HEAD 2>/dev/null || true)"
  if [[ -z $base || $base == "$head" ]]; then
    base="$(git -C "$ROOT" rev-list --max-count=25 HEAD | tail -n 1)"
  fi
  while IFS= read -r file; do
    [[ -f $ROOT/$file ]] && grep -qF "/$file\"" "$BUILD/compile_commands.json" && files+=("$ROOT/$file")
  done < <(git -C "$ROOT" log --format= --name-only --diff-filter=AM "$base..HEAD" -- '*.cpp' '*.cc' | awk '!seen[$0]++')
  while ((done_ < ${#files[@]} && SECONDS < limit)); do
    printf '%s\0' "${files[@]:done_:JOBS}" |
      xargs -0 -n 1 -P "$JOBS" clang-tidy-22 -p "$BUILD" --quiet 2>"$BUILD/tidy.log" || status=1
    done_=$((done_ + JOBS))
  done
  ((done_ < ${#files[@]})) || done_=${#files[@]}
  echo "clang-tidy: $done_ of ${#files[@]} changed files"
  return "$status"
}

# sanitized NAME KIND: the runtime and the file formats, alone (no LLVM), instrumented.
sanitized() {
  local name="$1" kind="$2" dir="$BUILD-$1"
  configure_sanitized "$name"
  check "Build of the runtime alone, with -fsanitize=$kind" build "$dir" all
  suite "Unit tests under -fsanitize=$kind" "$dir/results.xml" env \
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    TSAN_OPTIONS=halt_on_error=1 \
    "${limit[@]}" ctest --test-dir "$dir" -j "$JOBS" --output-on-failure --output-junit "$dir/results.xml"
}

cd "$ROOT"
install_packages
say "Configuring"
configure "$BUILD"

if [[ -d $CORTEX_DATA/sst && -d $CORTEX_DATA/treernn_sst ]]; then
  notes+=("Data tests: with the treebank and the trained model in CORTEX_DATA")
else
  notes+=("Data tests: SKIPPED, no data at $CORTEX_DATA (set CORTEX_DATA)")
fi

check "Formatting (clang-format)" format_check
check "Length of files" length_check
check "Build" build "$BUILD" all
if ((failed)) && [[ ${failures[*]} == *Build* ]]; then
  finish
  exit 1
fi
check "Dependencies of the runtime library" runtime_symbols_check
suite "Unit tests" "$BUILD/unit.xml" \
  "${limit[@]}" ctest --test-dir "$BUILD" -E '^lit$' -j "$JOBS" --output-on-failure --output-junit "$BUILD/unit.xml"
suite "Tests of the IR (lit)" "$BUILD/lit.xml" \
  "${limit[@]}" env LIT_OPTS="--xunit-xml-output $BUILD/lit.xml" ninja -C "$BUILD" check-cortex-lit
suite "Integration tests (lit)" "$BUILD/integration.xml" \
  "${limit[@]}" env LIT_OPTS="--xunit-xml-output $BUILD/integration.xml" ninja -C "$BUILD" check-cortex-integration
if ((!quick)); then
  sanitized asan address,undefined
  sanitized tsan thread
  check "Generated code under sanitizers" "${limit[@]}" scripts/sanitize.sh
  check "Parsers under libFuzzer" "${limit[@]}" scripts/fuzz.sh --seconds 60
  check "Build of the tool, instrumented" build "$BUILD-fuzz" cortex
  # LLVM's libraries are not instrumented: its containers and allocators must not be checked on this side alone.
  suite "Tests of the tool under -fsanitize=address,undefined" "$BUILD-fuzz/cli.xml" "${limit[@]}" env \
    ASAN_OPTIONS=detect_leaks=1:detect_container_overflow=0:allow_user_poisoning=0 \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    LIT_OPTS="--param tools=$BUILD-fuzz/bin --filter '(cli|errors)/' --filter-out cli/fuzz --xunit-xml-output $BUILD-fuzz/cli.xml" \
    ninja -C "$BUILD" check-cortex-integration
fi
if [[ -n ${CI:-} ]]; then
  check "clang-tidy on changed files" tidy
fi
finish
