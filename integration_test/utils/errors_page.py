"""errors_page.py PAGE PROGRAM TABLE...: prints docs/Errors.md.

It is made of the tables of bad inputs: the command line's (errors.py says what is in them)
and those of the interfaces, which PROGRAM prints as JSON (unittests/Errors). With --check
it compares with PAGE instead and fails if that is stale.
"""

import difflib
import json
import pathlib
import subprocess
import sys
import tomllib

HEAD = """# Errors

Every message that Cortex gives for wrong input, by example, and what to do about it. This page is made of the tables
that the tests run (`integration_test/errors/*.toml` for the command line, `unittests/Errors` for the interfaces), so it
shows what the code says today: `ninja -C build errors-page` writes it, and a test fails while it is stale.

{contents}

## How errors are reported

| exit code of `cortex` | means |
|---|---|
| 0 | success |
| 1 | a check failed: `check`, or `run --expect`; the results say which |
| 2 | wrong usage or input: one error on standard error, nothing on standard output, no file written or changed |

An error is `cortex: error: ` and the thing at fault, with its file, line and column (or node and input) where it has
one, and what was expected. The messages below are without that beginning. Lists of mistakes (weights, a model's text)
are one error of several lines. A message that says `internal error` is a fault of Cortex: please report it.

Functions of the C interface return a status and leave their results as they were; `cortex_last_error()` has the message.
C++ throws `cortex::Error`, which has both. The functions of `cortex/IO` return false and the message. The builder
collects mistakes, each with the line of the program that made it.

| status | means |
|---|---|
| `CORTEX_INVALID_ARGUMENT` | an argument of the call is null or inconsistent: a mistake in the program |
| `CORTEX_INVALID_BATCH` | a structure, node or input of the batch; nothing was run |
| `CORTEX_INVALID_WEIGHTS` | weights that do not match the program, all listed |
| `CORTEX_INVALID_ARTIFACT` | a damaged or foreign file, or one of another version |
| `CORTEX_UNSUPPORTED_CPU` | the code needs instructions that this CPU lacks: compile it for another target |
| `CORTEX_OVER_BUDGET` | one structure needs more scratch memory than the session may use |
| `CORTEX_OUT_OF_MEMORY` | the system refused memory; what was there stays usable |
| `CORTEX_SYSTEM_ERROR` | a file or thread operation failed |
"""


def cell(text):
    """A message in a cell of a table, as it is."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    text = text.replace("\\", "&#92;").replace("*", "&#42;").replace("_", "&#95;").replace("`", "&#96;")
    return "<code>" + text.replace("\n", "<br>").replace("  ", " &nbsp;") + "</code>"


def anchor(title):
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def table(rows):
    return "\n".join(["| case | message | what to do |", "|---|---|---|", *rows])


def tool_section(data):
    rows = []
    for case in data["case"]:
        message = cell(case["message"]) if case["message"] else "none"
        rows.append(f"| {case['title']} | {message} | {case['advice']} |")
    return data["group"], data["about"] + "\n\n" + table(rows)


def interface_section(group):
    rows = []
    for case in group["cases"]:
        status = f"`{case['status']}`: " if case["status"] else ""
        rows.append(f"| {case['title']} | {status}{cell(case['message'])} | {case['advice']} |")
    return group["group"], group["about"] + "\n\n" + table(rows)


def page(program, tables):
    loaded = [tomllib.loads(pathlib.Path(t).read_text(encoding="utf-8")) for t in tables]
    sections = [tool_section(t) for t in sorted(loaded, key=lambda t: t["order"])]
    printed = subprocess.run([program, "--print-table"], check=True, capture_output=True).stdout
    sections += [interface_section(g) for g in json.loads(printed)]
    titles = ["How errors are reported", *(title for title, _ in sections)]
    contents = "\n".join(f"- [{t}](#{anchor(t)})" for t in titles)
    return HEAD.format(contents=contents) + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    path, program, *tables = arguments
    made = page(program, tables)
    if "--check" not in sys.argv:
        pathlib.Path(path).write_text(made, encoding="utf-8")
        return
    written = pathlib.Path(path).read_text(encoding="utf-8")
    if made != written:
        print("\n".join(difflib.unified_diff(written.splitlines(), made.splitlines(), path, "the tables", lineterm="")))
        sys.exit(path + " is stale: run ninja -C build errors-page")


if __name__ == "__main__":
    main()
