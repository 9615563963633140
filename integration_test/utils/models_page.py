"""models_page.py PAGE CORTEX: whether the table of the zoo on PAGE names every parameter of every model."""

import json
import re
import subprocess
import sys

page, cortex = sys.argv[1:]
rows = {m.group(1): line.rsplit("|", 2)[1] for line in open(page, encoding="utf-8") if (m := re.match(r"\| `(\w+)` \|", line))}
zoo = [m["name"] for m in json.loads(subprocess.check_output([cortex, "models", "--json"]))]
sys.exit(f"no row of {set(zoo) - set(rows)}") if set(zoo) - set(rows) else None
complete = 0
for name in zoo:
    row = rows[name]
    if same := re.match(r" as (\w+)", row):
        row += rows[same.group(1)]
    if "PyTorch" in row:
        continue
    text = subprocess.check_output([cortex, "compile", name, "--emit=ra"], text=True)
    parameters = re.findall(r"ra\.param @([\w.]+)", text)
    missing = [p for p in parameters if not re.search(rf"(?<![\w.]){re.escape(p)}(?![\w.])", row)]
    if missing:
        sys.exit(f"the row of {name} does not name {', '.join(missing)}")
    complete += 1
print(f"{complete} models, all parameters named")
