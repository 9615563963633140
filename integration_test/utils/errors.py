"""errors.py TABLE FOLDER: runs the cases of a table of bad inputs (integration_test/errors/*.toml).

Every case is a command that must fail: with the table's exit code (2 unless it says otherwise),
exactly its message on standard error, nothing on standard output, and a folder whose files are
afterwards what they were, byte for byte. The keys of a table:

  group, about      the section of docs/Errors.md that the table becomes
  order             its place there
  make              commands that make files for all cases, run once
  files             text files for all cases; a case's own come on top
  run               the command of the cases that have none
  case              the list of cases:
    title           what is wrong
    files           text files, by name
    bytes           the same for files with arbitrary bytes, written as in a Python bytes literal
    safetensors     files of that format: header (its JSON) and data (how many bytes follow)
    npy             files of that format: header (its dictionary), data, version
    before          a command that makes or damages what else the case needs
    run             the command that must fail, read by bash; it runs in the case's folder
    exit            its exit code; 2 if left out
    message         what follows "cortex: error: " on standard error; none: standard error is empty
    vary            what in it is not the same everywhere: matches of this expression are "N" in the message
    output          what standard output has, if it has anything
    as_user         true: run without root's rights, which would let everything pass; skipped where that cannot be
    advice          what the user should do

`errors.py --fill TABLE FOLDER` puts the messages found into cases whose message is "?".
"""

import ast
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tomllib

LIMIT = 60  # seconds for a command
# Root whom permissions stop: needs no second user, who might not reach this folder or not exist.
WITHOUT_RIGHTS = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]


def npy(header, data, version=(1, 0)):
    text = header.encode() + b"\n"
    length = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text + bytes(data)


def safetensors(header, data=0):
    return struct.pack("<Q", len(header.encode())) + header.encode() + bytes(data)


def contents(folder):
    """Everything below a folder: kind, permissions, time of change and contents by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            what = os.readlink(path)
        elif path.is_file():
            what = path.read_bytes()
        else:
            what = None
        found[str(path.relative_to(folder))] = (status.st_mode, what, status.st_mtime_ns if path.is_file() else 0)
    return found


def changes(before, after):
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{name} is gone"
        elif name not in before:
            yield f"{name} was left behind"
        elif before[name] != after[name]:
            yield f"{name} was changed"


class Skipped(Exception):
    """Why a case cannot be tried here. `avoidable`: a test run that counts (CI is set) must see to it that it can."""

    def __init__(self, why, avoidable):
        super().__init__(why)
        self.avoidable = avoidable


def shell(command, folder, environment, prefix=()):
    return subprocess.run(
        [*prefix, "bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT
    )


def without_rights(folder, environment):
    """What to put before a command so that it has no more rights than a user."""
    if os.geteuid() != 0:
        return []
    try:
        tried = shell("true", folder, environment, WITHOUT_RIGHTS)
    except OSError as error:
        raise Skipped(f"root's rights cannot be given up: {error}", avoidable=True) from error
    if tried.returncode != 0:
        raise Skipped(f"root's rights cannot be given up here: {tried.stderr.decode().strip()}", avoidable=False)
    tried = shell("cortex --version", folder, environment, WITHOUT_RIGHTS)
    if tried.returncode != 0:
        raise Skipped(f"the tool cannot be run from here without root's rights: {tried.stderr.decode().strip()}", avoidable=True)
    return WITHOUT_RIGHTS


class Table:
    def __init__(self, path, folder):
        self.path, self.folder = pathlib.Path(path), pathlib.Path(folder).resolve()
        self.data = tomllib.loads(self.path.read_text(encoding="utf-8"))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.made = self.folder / "made"
        self.made.mkdir(parents=True)
        self.environment = os.environ | {"TABLES": str(self.path.resolve().parent), "PYTHON": sys.executable}
        if "make" in self.data:
            made = shell("set -e\n" + self.data["make"], self.made, self.environment)
            if made.returncode != 0:
                sys.exit(f"{self.path.name}: make failed:\n{made.stderr.decode()}")

    def prepare(self, case, folder):
        shutil.copytree(self.made, folder)
        (folder / "tmp").mkdir()  # $TMPDIR: nothing may stay there either
        for name, text in (self.data.get("files", {}) | case.get("files", {})).items():
            (folder / name).write_bytes(text.encode())
        for name, text in case.get("bytes", {}).items():
            (folder / name).write_bytes(ast.literal_eval("b'''" + text + "'''"))
        for kind, writer in {"safetensors": safetensors, "npy": npy}.items():
            for name, arguments in case.get(kind, {}).items():
                (folder / name).write_bytes(writer(**arguments))

    def run(self, number):
        """None, what is wrong with the case, or a Skipped."""
        case = self.data["case"][number]
        folder = self.folder / f"case{number}"
        environment = self.environment | {"TMPDIR": str(folder / "tmp")}
        self.prepare(case, folder)
        if "before" in case:
            before = shell("set -e\n" + case["before"], folder, environment)
            if before.returncode != 0:
                return f"before failed:\n{before.stderr.decode()}"
        prefix = []
        if case.get("as_user"):
            try:
                prefix = without_rights(folder, environment)
            except Skipped as skipped:
                return skipped
        kept = contents(folder)
        try:
            done = shell(case.get("run", self.data.get("run")), folder, environment, prefix)
        except subprocess.TimeoutExpired:
            return f"it did not end within {LIMIT} s"
        wrong = [f"exit code {done.returncode}, expected {case.get('exit', 2)}"] if done.returncode != case.get("exit", 2) else []
        vary = lambda text: re.sub(case["vary"], "N", text) if "vary" in case else text
        found = vary(done.stderr.decode(errors="replace").removeprefix("cortex: error: ").removesuffix("\n"))
        if case["message"] == "?":
            case["found"] = found
        expected = f"cortex: error: {case['message']}\n" if case["message"] else ""
        for what, want, got in [("error", expected, done.stderr), ("output", case.get("output", ""), done.stdout)]:
            got = vary(got.decode(errors="replace"))
            if want != got:
                wrong += difflib.unified_diff(want.splitlines(), got.splitlines(), f"expected {what}", f"found {what}", lineterm="")
        wrong += changes(kept, contents(folder))
        shutil.rmtree(folder)
        return "\n".join(wrong) or None


def fill(table):
    text = table.path.read_text(encoding="utf-8")
    for case in table.data["case"]:
        if "found" in case:
            found = case["found"]
            literal = f"'''{found}'''" if "'" in found or "\n" in found else f"'{found}'"
            text = text.replace('message = "?"', "message = " + literal, 1)
    table.path.write_text(text, encoding="utf-8")


def main():
    filling = sys.argv[1] == "--fill"
    table = Table(*sys.argv[2 if filling else 1 :])
    cases = table.data["case"]
    if not cases:
        sys.exit("no cases")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(table.run, range(len(cases))))
    if filling:
        return fill(table)
    failed = skipped = 0
    for case, result in zip(cases, results):
        if isinstance(result, Skipped):
            counts = result.avoidable and bool(os.environ.get("CI"))
            skipped += not counts
            failed += counts
            print(f"{'FAILED, since CI is set' if counts else 'SKIPPED'}: {case['title']}: {result}")
        elif result:
            failed += 1
            print(f"FAILED: {case['title']}\n$ {case.get('run', table.data.get('run'))}\n{result}\n")
    print(f"{table.path.name}: {len(cases)} cases, {failed} failed, {skipped} skipped")
    shutil.rmtree(table.folder, ignore_errors=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
