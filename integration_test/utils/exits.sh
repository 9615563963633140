# exits.sh N COMMAND…: succeeds if the command exits with N.
expected="$1"
shift
"$@"
status=$?
if ((status != expected)); then
  echo "exits.sh: expected exit code $expected, found $status"
  exit 1
fi
