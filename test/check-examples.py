#!/usr/bin/env python3
"""check-examples.py OPS.td TEST.mlir DIALECT

Fails unless every operation of OPS.td has an example in its description and
each example stands, line for line (but for indentation), in TEST.mlir, which is
a test that parses, verifies and prints it.
"""
import re
import sys


def lines(text):
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def operations(td):
    """Name and text of every `def … : RA_Op<"name"…` (of any class) up to the next definition."""
    starts = [(m.start(), m.group(1)) for m in re.finditer(r'^def \w+ : \w+<"([\w.]+)"', td, re.M)]
    for (start, name), (end, _) in zip(starts, starts[1:] + [(len(td), "")]):
        yield name, td[start:end]


def examples(text):
    for match in re.finditer(r"Example:\s*(?:```mlir\n(.*?)```|`([^`]+)`)", text, re.S):
        yield lines(match.group(1) or match.group(2).replace('\\"', '"'))


def main():
    td_path, test_path, dialect = sys.argv[1:]
    with open(td_path) as td_file, open(test_path) as test_file:
        td, test = td_file.read(), lines(test_file.read())
    failures, count = [], 0
    for name, text in operations(td):
        found = list(examples(text))
        if not found:
            failures.append(f"{dialect}.{name} has no example")
        for example in found:
            count += 1
            if not any(dialect + "." + name in line for line in example):
                failures.append(f"an example of {dialect}.{name} does not show it")
            size = len(example)
            if not any(test[i : i + size] == example for i in range(len(test) - size + 1)):
                failures.append(f"{test_path} lacks this example of {dialect}.{name}:\n  " + "\n  ".join(example))
    if count == 0:
        failures.append(f"found no examples in {td_path}")
    print("\n".join(failures) if failures else f"{count} examples")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
