# Shared by the scripts of this folder: where things are, the Debian packages
# that the project needs, and how it is configured and built. To be sourced.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
BUILD="${CORTEX_BUILD_DIR:-$ROOT/build}"
JOBS="${CORTEX_JOBS:-$(nproc)}"
# Public data that is no part of the project; what needs it is skipped without.
CORTEX_DATA="${CORTEX_DATA:-$ROOT/../shared/data}"
[[ -d $CORTEX_DATA ]] && CORTEX_DATA="$(cd "$CORTEX_DATA" && pwd)"
export CORTEX_DATA

PACKAGES=(
  clang-22 clang-format-22 clang-tidy-22 libclang-rt-22-dev
  llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools lld-22 liblld-22-dev
  cmake ninja-build ccache git python3 binutils
  nlohmann-json3-dev libcli11-dev libgtest-dev libgmock-dev libdnnl-dev
  libzstd-dev zlib1g-dev
)

say() { printf '\n== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# install_packages: what is missing of PACKAGES, by apt. Touches nothing else.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian system: make sure that the equivalents of these are installed: ${PACKAGES[*]}"
    return
  fi
  local package missing=() sudo=()
  for package in "${PACKAGES[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "Installing Debian packages: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these Debian packages are missing, and neither root nor sudo is at hand: ${missing[*]}"
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -q
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# configure DIR [cmake arguments…]: with clang 22 and Ninja; cheap when nothing changed.
configure() {
  local dir="$1"
  shift
  cmake -G Ninja -S "$ROOT" -B "$dir" -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 "$@" >"$dir.log" 2>&1 ||
    { cat "$dir.log" >&2; die "configuring $dir failed"; }
  mv "$dir.log" "$dir/configure.log"
}

# configure_sanitized asan|tsan: the runtime and the file formats alone (no LLVM), instrumented, in a folder of that suffix.
configure_sanitized() {
  local kind=thread
  [[ $1 == asan ]] && kind=address,undefined
  configure "$BUILD-$1" -DCORTEX_RUNTIME_ONLY=ON -DCORTEX_SANITIZE="$kind" -DCMAKE_BUILD_TYPE=RelWithDebInfo
}

# build DIR TARGET…
build() {
  local dir="$1"
  shift
  # Ninja's progress is one line on a terminal; in a log its last lines say enough.
  if [[ -t 1 ]]; then
    ninja -C "$dir" -j "$JOBS" "$@"
  else
    ninja -C "$dir" -j "$JOBS" "$@" >"$dir/build.log" 2>&1 || { tail -n 200 "$dir/build.log"; return 1; }
    tail -n 1 "$dir/build.log"
  fi
}
