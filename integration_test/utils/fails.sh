# fails.sh COMMAND…: succeeds if the command reports wrong usage or input as the tool
# must: exit code 2, nothing on standard output, and on standard error one error that
# starts with its name. The error is printed.
output="$(mktemp)"
errors="$(mktemp)"
trap 'rm -f "$output" "$errors"' EXIT
"$@" >"$output" 2>"$errors"
status=$?
cat "$errors"
if ((status != 2)); then
  echo "fails.sh: expected exit code 2, found $status"
  exit 1
fi
if [[ -s $output ]]; then
  echo "fails.sh: expected nothing on standard output, found:"
  cat "$output"
  exit 1
fi
if [[ $(head -n 1 "$errors") != "cortex: error: "* || $(grep -c 'cortex: error:' "$errors") != 1 ]]; then
  echo "fails.sh: expected exactly one error that starts with 'cortex: error: '"
  exit 1
fi
