"""Measures the zoo's models in interleaved processes; scripts/bench.sh builds and calls it.

1. prepare: every case is compiled once, its answers are computed in double precision.
2. rounds: one process per case and round measures it, so that a change of the machine meets all cases.
   Before and after each process the machine's FMA peak is measured, of one core and of all at once: where other work
   takes a part, or two cores share one core's units, the process's rows are left out (if any others are left).
3. ceilings and floors: what the machine reaches, and the time below which no schedule can go.

A row's numbers are medians over the processes; "quartiles" are those of `us`.
"""

import argparse
import fcntl
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time


# The largest absolute difference of an answer from the reference that is right: states are of size one.
ALLOWED = {"f32": 1e-4, "f64": 1e-10, "weights=bf16": 3e-2, "compute=bf16": 1e-1}


def parse_arguments():
    p = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__.split("\n")[0])
    p.add_argument("models", nargs="*", metavar="MODEL", help="a model of the zoo or a case (TreeLSTM-512); default: all")
    p.add_argument("--json", metavar="FILE", help="write the rows, a JSON list, to this file")
    p.add_argument("--processes", type=int, default=10, help="processes per case (default 10)")
    p.add_argument("--quick", action="store_true", help="three short processes per case")
    p.add_argument("--smoke", action="store_true", help="tiny models, one process, answers checked: says nothing about speed")
    p.add_argument("--batch", default="1,10", help="structures per call (default 1,10)")
    p.add_argument("--workers", default="1,2", help="workers (default 1,2)")
    p.add_argument("--seconds", type=float, help="about so long a process measures each side (default 0.15)")
    p.add_argument("--schedule", action="append", default=[], metavar="KEY=VALUE", help="compile with this schedule")
    p.add_argument("--target", default="host", help="compile for this target")
    p.add_argument("--ablate", action="store_true", help="also each schedule key off alone")
    p.add_argument("--scaling", action="store_true", help="also batches up to 10,000 and chains up to 100,000")
    p.add_argument("--pytorch", metavar="PYTHON", help="also measure PyTorch, with a Python that has it")
    p.add_argument("--no-expert", action="store_true", help="Cortex alone")
    p.add_argument("--lock", metavar="FILE", help="hold this file's lock while a process measures")
    p.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.smoke:
        a.processes, a.seconds = 1, 0
    elif a.quick:
        a.processes, a.seconds = 3, a.seconds or 0.05
    if a.processes < 1:
        p.error("--processes: expected at least 1")
    return a


class Bench:
    """Calls the steps of cortex-bench-models, each in a process of its own."""

    HOLD = 90  # seconds after which others who wait for the lock get it

    def __init__(self, arguments, folder):
        self.a = arguments
        self.folder = folder
        self.program = os.path.join(arguments.bin, "cortex-bench-models")
        self.lock = open(arguments.lock, "w") if arguments.lock else None
        self.held_since = None
        self.workers = [int(w) for w in arguments.workers.split(",")]

    def acquire(self):
        """Before each step: waits until nobody else who takes the lock works."""
        if not self.lock:
            return
        if self.held_since and time.time() - self.held_since > self.HOLD:
            self.release()
            time.sleep(0.05)  # so that one who waits gets it
        if not self.held_since:
            fcntl.flock(self.lock, fcntl.LOCK_EX)
            self.held_since = time.time()

    def release(self):
        if self.lock and self.held_since:
            fcntl.flock(self.lock, fcntl.LOCK_UN)
            self.held_since = None

    def call(self, *arguments):
        """The JSON that a step prints; None if it printed nothing."""
        self.acquire()
        # oneDNN's threads spin between parallel regions, but not for ever: others are measured in turns with them.
        environment = dict(os.environ, GOMP_SPINCOUNT="100000")
        done = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        if done.returncode:
            raise Failed(f"{' '.join(arguments)}: {done.stderr.strip() or 'status ' + str(done.returncode)}")
        return json.loads(done.stdout) if done.stdout else None

    def tiny(self):
        return ["--tiny"] if self.a.smoke else []

    def prepare(self, case, schedule, answers_of=None):
        """The folder with the case's files."""
        folder = os.path.join(self.folder, "".join(c if c.isalnum() else "_" for c in ",".join(schedule)) or "default")
        os.makedirs(folder, exist_ok=True)
        options = [x for s in schedule for x in ("--schedule", s)]
        if self.a.pytorch:
            options.append("--peers")
        if answers_of:
            options += ["--answers-of", answers_of]
        self.call("prepare", case, folder, "--target", self.a.target, *options, *self.tiny())
        return folder

    def measure(self, case, folder, batch, expert=True):
        options = ["--batch", batch, "--workers", self.a.workers, *self.tiny()]
        if self.a.seconds is not None:
            options += ["--seconds", str(self.a.seconds)]
        if self.a.no_expert or not expert:
            options.append("--no-expert")
        return self.call("run", case, folder, *options)

    def measure_ceilings(self):
        found = self.call("ceilings", "--workers", str(max(self.workers)))
        self.ceilings = found["ceilings"]
        with open(os.path.join(self.folder, "ceilings.json"), "w") as f:
            json.dump(found, f)
        return found

    def peak(self, workers):
        """GFLOP/s of so many cores together, by the ceilings."""
        return workers * self.ceilings[workers - 1]["gflops"]

    def pytorch(self, model, case, folder):
        """PyTorch's rows of a case; none for models that nobody has written there."""
        self.acquire()
        stem = os.path.join(folder, "".join("_" if c in ":,=" else c for c in case))
        command = [self.a.pytorch, os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_peer.py"), model,
                   stem + ".safetensors", stem + ".f64", "--batch", self.a.batch, "--workers", self.a.workers]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def peaks(self):
        """FMA peaks of 1, 2, ... cores at once."""
        return self.call("ceilings", "--quick", "--workers", str(max(self.workers)))["peaks"]

    def floor(self, case, folder, batch):
        return self.call("floor", case, folder, "--ceilings", os.path.join(self.folder, "ceilings.json"), "--batch", batch,
                         "--workers", self.a.workers, *self.tiny())


class Failed(Exception):
    """A step that failed; its message says which and why."""


class Rounds:
    """Processes of many configurations, interleaved."""

    def __init__(self, bench):
        self.bench = bench
        self.jobs = []  # (case, folder, batch, expert)
        self.samples = {}  # key -> rows
        self.disturbed = 0

    def add(self, case, folder, batch, expert=True):
        self.jobs.append((case, folder, batch, expert))

    def run(self, processes, calibrate=True):
        """`calibrate`: the machine's FMA peak is measured before and after each process. An interrupt ends the rounds;
        what was measured by then counts, if it is at least one round."""
        began = time.time()
        for process in range(processes):
            say(f"round {process + 1} of {processes}, after {time.time() - began:.0f} s")
            try:
                self.round(calibrate)
            except KeyboardInterrupt:
                if process == 0:
                    raise
                say(f"interrupted in round {process + 1}")
                break
        self.bench.release()

    def round(self, calibrate):
        before = self.bench.peaks() if calibrate else None
        for job in self.jobs:
            rows = self.bench.measure(*job)
            after = self.bench.peaks() if calibrate else None
            for row in rows:
                row["disturbed"] = calibrate and not all(
                    peaks[row["workers"] - 1] > 0.85 * self.bench.peak(row["workers"]) for peaks in (before, after))
                self.disturbed += row["disturbed"]
                self.samples.setdefault(key_of(row), []).append(row)
            before = after

    def rows(self):
        return [summary(rows) for rows in self.samples.values()]


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def key_of(row):
    return (row["case"], row["batch"], row["workers"], tuple(row["schedule"]))


def summary(rows):
    """One row of all processes' rows of one configuration."""
    good = [r for r in rows if not r["disturbed"]] or rows
    result = dict(good[0])
    for name, value in good[0].items():
        if isinstance(value, float):
            values = [r[name] for r in good if r[name] is not None]
            result[name] = max(values) if name.endswith("error") else statistics.median(values)
    us = sorted(r["us"] for r in good)
    result["quartiles"] = [us[len(us) // 4], us[(3 * len(us)) // 4]]
    result["processes"] = len(good)
    result["disturbed"] = sum(r["disturbed"] for r in rows)
    if good[0]["expert_us"] is not None:
        result["ratio_to_expert"] = statistics.median(r["expert_us"] / r["us"] for r in good)
        result["ratio_apart_from_linearization"] = statistics.median(
            (r["expert_us"] - r["expert_linearize_us"]) / max(r["us"] - r["linearize_us"], 1e-3) for r in good)
    return result


def wanted(cases, models):
    if not models:
        return [c["case"] for c in cases]
    chosen = []
    for name in models:
        base = name.split(":")[0].lower()
        found = [c["case"] for c in cases if base in (c["case"].lower(), c["model"].lower())]
        if not found:
            sys.exit(f"there is no model or case '{name}'; there are " + ", ".join(c["case"] for c in cases))
        chosen += [c + name[len(base):] for c in found] if ":" in name else found
    return chosen


def show(rows):
    columns = ["case", "batch", "workers", "us", "quartiles", "floor_us", "fraction_of_floor", "expert_us", "ratio_to_expert", "peer_us",
               "ns_per_node", "linearize_ns_per_node", "max_error"]
    def cell(v):
        if isinstance(v, list):
            return "–".join(cell(x) for x in v)
        return "-" if v is None else f"{v:.3g}" if isinstance(v, float) and abs(v) < 1000 else f"{v:.0f}" if isinstance(v, float) else str(v)
    table = [columns] + [[cell(r.get(c)) for c in columns] for r in rows]
    for line, row in zip(table[1:], rows):
        line[0] += f" {row['ablation']}" if "ablation" in row else ""
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    for line in table:
        print("  ".join(x.rjust(w) if i else x.ljust(w) for i, (x, w) in enumerate(zip(line, widths))))


def add_floors(bench, rows, folders):
    """floor_us and the fraction of it that was reached."""
    for case, batch in sorted({(r["case"], r["batch"]) for r in rows}):
        floors = {f["workers"]: f for f in bench.floor(case, folders[case], str(batch))}
        for row in rows:
            floor = floors.get(row["workers"])
            if row["case"] != case or row["batch"] != batch or not floor:
                continue
            row.update(floor_us=floor["floor_us"], fraction_of_floor=floor["floor_us"] / row["us"], floor_parts=floor["floor_parts"])
    bench.release()


def add_pytorch(bench, rows, cases, folders, processes):
    """peer, peer_us (the best of its numbers of threads up to the row's), peer_error and ratio_to_peer."""
    samples = {}
    for _ in range(processes):
        for case in cases:
            model = next(r["model"] for r in rows if r["case"] == case)
            for found in bench.pytorch(model, case, folders[case]):
                samples.setdefault((case, found["batch"], found["workers"]), []).append(found)
    bench.release()
    for row in rows:
        times = [(statistics.median(f["us"] for f in found), found[0]) for (case, batch, workers), found in samples.items()
                 if case == row["case"] and batch == row["batch"] and workers <= row["workers"]]
        if times:
            us, found = min(times, key=lambda t: t[0])
            row.update(peer="PyTorch " + found["version"], peer_us=us, peer_error=found["error"], ratio_to_peer=us / row["us"])


def ablate(bench, cases, folders, processes):
    """Rows of each case with each key of the schedule changed alone, beside the default in the same rounds. Numbers
    (strip_rows, tables) are tried at one value, the least."""
    rounds = Rounds(bench)
    for case in cases:
        rounds.add(case, folders[case], bench.a.batch, False)
        for key in bench.call("keys"):
            words = not any(value.isdigit() for value in key["others"])
            for value in key["others"] if words else key["others"][:1]:
                setting = f"{key['name']}={value}"
                if any(s.split("=")[0] == key["name"] for s in bench.a.schedule):
                    continue
                try:
                    rounds.add(case, bench.prepare(case, [*bench.a.schedule, setting], folders[case]), bench.a.batch, False)
                except Failed as error:
                    say(f"{case}: {setting} is not legal: {error}")
    rounds.run(processes)
    rows = rounds.rows()
    default = {(r["case"], r["batch"], r["workers"]): r for r in rows if r["schedule"] == bench.a.schedule}
    for row in rows:
        base = default[row["case"], row["batch"], row["workers"]]
        row["ablation"] = ",".join(s for s in row["schedule"] if s not in bench.a.schedule) or "none"
        row["ratio_to_default"] = row["us"] / base["us"]
        row["moved"] = {k: [base["counts"][k], v] for k, v in row["counts"].items() if abs(v - base["counts"][k]) > 1e-9 * abs(v)}
    return rows


def scale(bench, cases, processes):
    """Rows of the cost per node over batches of trees, and of chains over their length."""
    rounds = Rounds(bench)
    for case in cases:
        if case.startswith("TreeLSTM"):
            rounds.add(case, bench.prepare(case, bench.a.schedule), "1,10,100,1000,10000", False)
        if case.startswith(("LSTM", "GRU")):
            for nodes, structures in ((100, 40), (100000, 1)):
                long = f"{case}:nodes={nodes},structures={structures},checked=1"
                rounds.add(long, bench.prepare(long, bench.a.schedule), "1", False)
    rounds.run(processes)
    return rounds.rows()


def main():
    a = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        bench = Bench(a, folder)
        cases = wanted(bench.call("list"), a.models)
        ceilings = bench.measure_ceilings()
        say(f"{ceilings['cpu']}, {ceilings['vectors']}: " + "; ".join(
            f"{c['workers']} core(s): {c['gflops']:.0f} GFLOP/s, of bf16 {c['bf16_gflops']:.0f}, L1 {c['l1_gbps']:.0f}, L2 {c['l2_gbps']:.0f}, L3 {c['l3_gbps']:.0f}, "
            f"memory {c['memory_gbps']:.0f} GB/s each, barrier {c['barrier_us']:.2f} us" for c in ceilings["ceilings"]))
        folders = {}
        for case in cases:
            say(f"preparing {case}")
            folders[case] = bench.prepare(case, a.schedule)
        rounds = Rounds(bench)
        for case in cases:
            rounds.add(case, folders[case], a.batch)
        rounds.run(a.processes, calibrate=not a.smoke)
        rows = rounds.rows()
        add_floors(bench, rows, folders)
        if a.pytorch:
            add_pytorch(bench, rows, cases, folders, min(a.processes, 3))
        if a.scaling:
            rows += scale(bench, cases, min(a.processes, 3))
        if a.ablate:
            rows += ablate(bench, cases, folders, a.processes)
        if rounds.disturbed:
            say(f"{rounds.disturbed} rows were measured while the machine was slower than its ceilings and count only where there are no others")
    for row in rows:
        row["cpu"] = ceilings["cpu"]
        row["ceilings"] = ceilings["ceilings"][row["workers"] - 1]
    show(rows)
    if a.json:
        with open(a.json, "w") as f:
            json.dump(rows, f, indent=1)
            f.write("\n")
    wrong = [r for r in rows if not r["max_error"] <= ALLOWED[r["dtype"]]]
    for row in wrong:
        print(f"WRONG ANSWERS: {row['case']}, batch {row['batch']}, {row['workers']} workers: largest error {row['max_error']:.3g}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it was started in the background
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
