#!/usr/bin/env python3
"""check-schedules.py PAGE.md FOLDER

The examples of docs/Schedules.md: after each block of `sh` with a command stands a block of
`mlir` with the structure of what it prints. FileCheck finds its lines in that order, where `…`
within a line stands for anything, and a line of nothing else for any number of lines. Fails if
there is no example.
"""
import os
import re
import shlex
import subprocess
import sys


def pattern(line):
    """A line of the page as FileCheck has it: literal but for the dots."""
    return "{{.*}}".join(part.replace("[[", "{{\\[\\[}}") for part in line.strip().split("…"))


def check(command, shown, path):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"CHECK: {pattern(line)}\n" for line in shown.splitlines() if line.strip() not in ("", "…"))
    printed = subprocess.run(shlex.split(command), capture_output=True, text=True)
    if printed.returncode:
        return f"{command}\n{printed.stderr}"
    found = subprocess.run(["FileCheck", path], input=printed.stdout, capture_output=True, text=True)
    return f"{command}\n{found.stderr}" if found.returncode else ""


def main():
    page, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(page, encoding="utf-8") as file:
        examples = re.findall(r"```sh\n(cortex compile [^\n]*)\n```\n```mlir\n(.*?)```", file.read(), re.S)
    faults = [check(*example, os.path.join(folder, f"{i}.txt")) for i, example in enumerate(examples)]
    print("\n".join(filter(None, faults)) or f"{len(examples)} examples")
    return 0 if examples and not any(faults) else 1


sys.exit(main())
