"""readme.py README EXAMPLE: fails unless the README's C++ block is, line for line, what
stands between the example's `// README: begin` and `// README: end` marks."""

import re
import sys

readme = open(sys.argv[1], encoding="utf-8").read()
example = open(sys.argv[2], encoding="utf-8").read()
marked = re.findall(r"// README: begin\n(.*?)\n *// README: end", example, re.S)
lines = [line.strip() for part in marked for line in part.split("\n")]
blocks = re.findall(r"```cpp\n(.*?)```", readme, re.S)
if not lines or not blocks:
    sys.exit("no marks in the example or no C++ block in the README")
shown = [line.strip() for line in blocks[0].split("\n") if line.strip()]
if shown != lines:
    for a, b in zip(shown + [""] * len(lines), lines):
        if a != b:
            sys.exit(f"the README says\n  {a}\nwhere the example says\n  {b}")
    sys.exit("the README's block and the example's differ in length")
