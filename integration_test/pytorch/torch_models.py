"""Models that PyTorch has, or has the parts of, beside Cortex's of the same weights.

usage: torch_models.py FOLDER

For each case PyTorch makes random weights and computes the outputs on random
structures; `cortex compile` and `cortex run --expect` must agree. Then one gate
or child is swapped in the weights that Cortex gets, and it must not agree.
"""
import json
import os
import struct
import subprocess
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        array = numpy.ascontiguousarray(tensor.detach().numpy())
        kind = {"float32": "F32", "float64": "F64"}[array.dtype.name]
        end = len(data) + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def random_tree(rng, nodes, arities):
    """Children of every node, ids shuffled; node by node, some of those without a parent become its children."""
    children, free = [], []
    while len(children) < nodes or len(free) > 1:
        arity = int(rng.choice([a for a in arities if a <= len(free) or a == 0]))
        if len(children) >= nodes:  # only joins what is left
            arity = min(len(free), max(arities))
        picked = [free.pop(int(rng.integers(len(free)))) for _ in range(arity)]
        free.append(len(children))
        children.append(picked)
    ids = rng.permutation(len(children))
    shuffled = [None] * len(children)
    for node, kids in enumerate(children):
        shuffled[ids[node]] = [int(ids[k]) for k in kids]
    return shuffled


def bottom_up(children, body):
    """The value of the root; body(node, children's values)."""
    values = {}

    def visit(node):
        if node not in values:
            values[node] = body(node, [visit(k) for k in children[node]])
        return values[node]

    roots = set(range(len(children))) - {k for kids in children for k in kids}
    return [visit(root) for root in sorted(roots)]


class Case:
    def __init__(self, model, dtype, settings, swap):
        self.model, self.dtype, self.settings, self.swap = model, dtype, settings, swap
        self.lines, self.expected, self.weights = [], [], {}

    def name(self):
        return " ".join([self.model] + [f"{k}={v}" for k, v in self.settings.items()])

    def cortex(self, weights):
        """The exit code of cortex run --expect."""
        path = os.path.join(folder, "case")
        write_safetensors(path + ".safetensors", weights)
        with open(path + ".jsonl", "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in self.lines)
        expected = torch.cat([torch.atleast_2d(e) for e in self.expected])
        numpy.save(path + ".npy", expected.detach().numpy())
        bits = 64 if self.dtype == torch.float64 else 32
        sets = [f"{k}={v}" for k, v in self.settings.items()] + [f"float={bits}"]
        subprocess.run(["cortex", "compile", self.model, "--set", *sets, "--weights", path + ".safetensors", "-o",
                        path + ".cortex"], check=True, stdout=subprocess.DEVNULL)
        run = subprocess.run(["cortex", "run", path + ".cortex", "--input", path + ".jsonl", "--expect", path + ".npy",
                              "--tolerance", "1e-12" if bits == 64 else "2e-6"], capture_output=True, text=True)
        if run.returncode not in (0, 1):
            sys.exit(f"{self.name()}: cortex run: {run.stderr}")
        return run.returncode

    def check(self):
        spread = torch.cat([e.flatten() for e in self.expected]).std()
        if not spread > 0.01:
            sys.exit(f"{self.name()}: PyTorch's outputs are all alike: nothing is compared")
        if self.cortex(self.weights) != 0:
            sys.exit(f"{self.name()}, {self.dtype}: Cortex and PyTorch differ")
        swapped = dict(self.weights)
        self.swap(swapped)
        if self.cortex(swapped) != 1:
            sys.exit(f"{self.name()}: with swapped weights Cortex and PyTorch still agree")
        print(f"agrees with PyTorch: {self.name()}, {str(self.dtype)[6:]}, {len(self.expected)} structures")


def swap_rows(name, size, first, second):
    """Two blocks of `size` rows of a weight."""

    def swap(weights):
        w = weights[name].clone()
        a, b = slice(first * size, (first + 1) * size), slice(second * size, (second + 1) * size)
        w[a], w[b] = weights[name][b], weights[name][a]
        weights[name] = w

    return swap


def features(rng, nodes, size, dtype):
    # What both read: decimals of a float32.
    return torch.tensor(rng.uniform(-1, 1, (nodes, size)).astype("float32")).to(dtype)


def sequences(rng, kind, dtype, layers, directions, each, classes):
    hidden, width = 13, 6
    settings = {"hidden": hidden, "features": width, "layers": layers, "directions": directions, "each": each,
                "classes": classes}
    case = Case(kind, dtype, settings, swap_rows("weight_hh_l0", hidden, 0, 1))
    module = getattr(nn, kind)(width, hidden, layers, bidirectional=directions == 2, dtype=dtype)
    readout = nn.Linear(directions * hidden, classes, dtype=dtype) if classes else nn.Identity()
    case.weights = module.state_dict()
    case.weights.update({f"readout.{k}": v for k, v in readout.state_dict().items()})
    for length in (1, 2, 7, 40):
        x = features(rng, length, width, dtype)
        case.lines.append({"sequence": length, "inputs": {"x": x.tolist()}})
        output = readout(module(x)[0])
        case.expected.append(output if each else output[-1])
    return case


def trees(rng, case, nodes, arities, vocabulary, body):
    for count in nodes:
        children = random_tree(rng, count, arities)
        words = [int(rng.integers(vocabulary)) if not kids else None for kids in children]
        case.lines.append({"children": children, "inputs": {"word": words}})
        case.expected += bottom_up(children, lambda n, kids: body(words[n], kids))
    return case


def tree_fc(rng, dtype):
    """nn.Embedding at leaves, nn.Linear over both children; its weights are stored as (in, out)."""
    size, vocabulary = 13, 20
    case = Case("TreeFC", dtype, {"hidden": size, "vocab": vocabulary, "classes": 0},
                swap_rows("composition.weight", size, 0, 1))
    embedding, linear = nn.Embedding(vocabulary, size, dtype=dtype), nn.Linear(2 * size, size, dtype=dtype)
    case.weights = {"embedding": embedding.weight, "composition.weight": linear.weight.T.contiguous(),
                    "composition.bias": linear.bias}
    return trees(rng, case, (1, 5, 23), (0, 2), vocabulary,
                 lambda word, kids: F.relu(linear(torch.cat(kids))) if kids else embedding(torch.tensor(word)))


def rntn(rng, dtype):
    """nn.Bilinear of both children with themselves."""
    size, vocabulary = 7, 20
    case = Case("RNTN", dtype, {"hidden": size, "vocab": vocabulary, "classes": 0}, swap_rows("W", 1, 0, 1))
    embedding = nn.Embedding(vocabulary, size, dtype=dtype)
    bilinear = nn.Bilinear(2 * size, 2 * size, size, bias=False, dtype=dtype)
    linear = nn.Linear(2 * size, size, dtype=dtype)
    case.weights = {"embedding": embedding.weight, "V": bilinear.weight, "W": linear.weight, "b": linear.bias}

    def body(word, kids):
        if not kids:
            return embedding(torch.tensor(word))
        x = torch.cat(kids)
        return torch.tanh(bilinear(x, x) + linear(x))

    return trees(rng, case, (1, 5, 23), (0, 2), vocabulary, body)


def dag_rnn(rng, dtype):
    size, width = 13, 6
    case = Case("DAGRNN", dtype, {"hidden": size, "features": width, "classes": 0}, swap_rows("W", 1, 0, 1))
    inputs, states = nn.Linear(width, size, dtype=dtype), nn.Linear(size, size, bias=False, dtype=dtype)
    case.weights = {"U": inputs.weight, "b": inputs.bias, "W": states.weight}
    for rows, columns in ((1, 1), (3, 4), (5, 5)):  # a grid: predecessors above and left
        children = [[i for i in ([n - columns] if n >= columns else []) + ([n - 1] if n % columns else [])]
                    for n in range(rows * columns)]
        x = features(rng, rows * columns, width, dtype)
        case.lines.append({"children": children, "inputs": {"x": x.tolist()}})
        zero = torch.zeros(size, dtype=dtype)
        case.expected += bottom_up(children, lambda n, kids: F.relu(inputs(x[n]) + states(sum(kids, zero))))
    return case


def plan_conv(rng, dtype):
    """nn.Linear over (node, left, right), F.layer_norm over the whole tree, relu; again; the maximum over nodes."""
    width, c1, c2 = 6, 13, 5
    case = Case("PlanConv", dtype, {"features": width, "channels1": c1, "channels2": c2, "classes": 0},
                swap_rows("W1", 1, 0, 1))
    first, second = nn.Linear(3 * width, c1, dtype=dtype), nn.Linear(3 * c1, c2, dtype=dtype)
    case.weights = {"W1": first.weight, "b1": first.bias, "W2": second.weight, "b2": second.bias}

    def hop(linear, children, v):
        zero = torch.zeros_like(v[0])
        rows = [torch.cat([v[n], *([v[k] for k in kids] + [zero, zero])[:2]]) for n, kids in enumerate(children)]
        return linear(torch.stack(rows))

    for count in (2, 5, 23):
        children = random_tree(rng, count, (0, 1, 2))
        x = features(rng, len(children), width, dtype)
        case.lines.append({"children": children, "inputs": {"x": x.tolist()}})
        y = hop(first, children, x)
        a = F.relu(F.layer_norm(y, y.shape))
        case.expected.append(F.relu(hop(second, children, a)).amax(0))
    return case


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    rng = numpy.random.default_rng(1)
    # layers, directions, output at each element, classes of a readout
    shapes = [(1, 1, 0, 0), (2, 2, 1, 0), (2, 1, 0, 3), (1, 2, 0, 0)]
    count = 0
    for dtype in (torch.float64, torch.float32):
        cases = [sequences(rng, kind, dtype, *shape) for kind in ("LSTM", "GRU") for shape in shapes]
        cases += [make(rng, dtype) for make in (tree_fc, rntn, dag_rnn, plan_conv)]
        for case in cases:
            case.check()
            count += 1
    print(f"{count} cases agree")


main()
