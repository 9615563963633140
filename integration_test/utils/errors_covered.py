"""errors_covered.py SOURCE PROGRAM EXCEPTIONS TABLE...: every message of the sources has a case.

Reads the string literals in calls that report errors (tools/cortex, lib/IO, lib/Builder,
lib/Compiler, runtime) and fails if one of them is in no message of the tables of bad
inputs (errors.py; PROGRAM --print-table). EXCEPTIONS lists those that no test can reach,
each with the reason: lines "literal | reason". An exception that has become reachable, or
whose literal is gone, is an error too.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

PLACES = ["tools/cortex/*.cpp", "lib/IO/*.cpp", "lib/Builder/*.cpp", "lib/Compiler/*.cpp", "runtime/lib/*.cpp", "runtime/include/cortex/**/*.hpp"]
# What reports an error, or makes a part of its message.
REPORTS = re.compile(
    r"\b(?:fail|failAt|failed|fault|Failure|Error|invalidArgument|systemError|createStringError|reportError|expected|"
    r"unexpected|manifestFault|require|need|needTensor|checkLabel|error)\s*\(|\b(?:wrong|mistakes|message|faults|error|mismatches)\s*\+?=[^=]"
)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def statement(text, start):
    """From `start` to the end of the statement."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] in "({":
            depth += 1
        elif text[at] in ")}":
            depth -= 1
        ends = text[at] == ";" or (text[at] == "}" and not text[at + 1 :].lstrip().startswith((",", ")", ";", ".", "}")))
        if (ends and depth <= 0) or depth < 0:
            return text[start:at]
    return text[start:]


def literals(path):
    text = re.sub(r"(?m)//.*$", "", path.read_text(encoding="utf-8"))
    text = re.sub(r'"\s*\n\s*"', "", text)  # adjacent literals are one
    for report in REPORTS.finditer(text):
        for literal in LITERAL.findall(statement(text, report.start())):
            yield literal.encode().decode("unicode_escape").encode("latin-1", "replace").decode("utf-8", "replace")


def tells(literal):
    """Whether a literal says something by itself: two words at least."""
    return len(re.findall(r"[A-Za-z]{2,}", literal)) >= 2


def main():
    source, program, exceptions, *tables = sys.argv[1:]
    messages = [c["message"] for t in tables for c in tomllib.loads(pathlib.Path(t).read_text(encoding="utf-8"))["case"]]
    printed = json.loads(subprocess.run([program, "--print-table"], check=True, capture_output=True).stdout)
    messages += [c["message"] for group in printed for c in group["cases"]]
    told = "\n\n".join(messages)
    excused = {}
    for line in pathlib.Path(exceptions).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            literal, _, reason = line.rpartition(" | ")
            excused[literal] = reason
    found, missing = set(), []
    for place in PLACES:
        for path in sorted(pathlib.Path(source).glob(place)):
            for literal in literals(path):
                if tells(literal) and literal.strip() not in found:
                    found.add(literal.strip())
                    if literal.strip() not in told and literal.strip() not in excused:
                        missing.append(f"{path.relative_to(source)}: {literal.strip()}")
    wrong = [f"no case: {m}" for m in missing]
    wrong += [f"excused, but no message: {e}" for e in excused if e not in found]
    wrong += [f"excused, but a case has it: {e}" for e in excused if e in told]
    print("\n".join(wrong) if wrong else f"{len(found)} literals, {len(excused)} of them excused")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
