"""PyTorch on a prepared case: what an expert writes there. Called by bench.py; prints rows as JSON.

usage: torch_peer.py MODEL CASE.safetensors ANSWERS.f64 [--batch 1,10] [--workers 1,2] [--seconds 0.15]

Level-batched: nodes are numbered by height, a level's children are gathered by index_select, one index tensor is made for
a whole batch and sliced by level. Timed from linked Python objects to the roots' states in an array. Leaves take rows of
tables of W x + b. Sequences are torch.nn's LSTM and GRU.
"""

import argparse
import json
import statistics
import struct
import time

import numpy as np
import torch


class Node:
    __slots__ = ("symbol", "kids", "x", "at")

    def __init__(self):
        self.at = None


def read(path):
    """The tensors of a safetensors file."""
    with open(path, "rb") as f:
        (size,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(size)), f.read()
    kinds = {"F32": np.float32, "I32": np.int32}
    return {
        name: np.frombuffer(data[slice(*t["data_offsets"])], kinds[t["dtype"]]).reshape(t["shape"])
        for name, t in header.items()
        if name != "__metadata__"
    }


def link(t):
    """The roots of all structures."""
    nodes = [Node() for _ in range(len(t["child_offsets"]) - 1)]
    offsets, children, starts = t["child_offsets"].tolist(), t["children"].tolist(), t["node_offsets"].tolist()
    for i, node in enumerate(nodes):
        node.kids = [nodes[k] for k in children[offsets[i] : offsets[i + 1]]]
        node.symbol = int(t["symbol.word"][i]) if "symbol.word" in t else 0
        node.x = t["x"][i] if "x" in t else None
    below = set(children)
    return [next(nodes[i] for i in range(a, b) if i not in below) for a, b in zip(starts, starts[1:])]


def levels(roots):
    """Nodes by height, and the rows of the roots; node.at becomes a node's row."""
    by, height = [], {}

    def visit(n):
        if id(n) in height:
            return height[id(n)]
        h = 0
        for k in n.kids:
            h = max(h, visit(k) + 1)
        height[id(n)] = h
        if h == len(by):
            by.append([])
        by[h].append(n)
        return h

    for r in roots:
        visit(r)
    row = 0
    for level in by:
        for n in level:
            n.at = row
            row += 1
    return by, [r.at for r in roots]


def trees(width, leaf, cell):
    """Binary trees with words at leaves: leaf(words) and cell(states, left, right) give the states of rows."""

    def forward(roots):
        by, root_rows = levels(roots)
        words = [n.symbol for n in by[0]]
        counts = [len(level) for level in by[1:]]
        index = []
        for level in by[1:]:
            index += [n.kids[0].at for n in level]
            index += [n.kids[1].at for n in level]
        w, ix, out = torch.tensor(words + index + root_rows).split((len(words), len(index), len(root_rows)))
        total = len(words) + sum(counts)
        states = [torch.empty(total, *size) for size in width]
        for s, v in zip(states, leaf(w)):
            s[: len(words)] = v
        row, at = len(words), 0
        for n in counts:
            for s, v in zip(states, cell(states, ix[at : at + n], ix[at + n : at + 2 * n])):
                s[row : row + n] = v
            row, at = row + n, at + 2 * n
        return states[0].index_select(0, out).numpy()

    return forward


def make(model, t):
    p = {k[6:]: torch.from_numpy(v.copy()) for k, v in t.items() if k.startswith("param.")}
    take = torch.Tensor.index_select
    if model in ("TreeLSTM", "NaryTreeLSTM"):
        table = torch.addmm(p["b"].flatten(), p["embedding"], p["W"].flatten(0, 1).t())
        hidden = p["bf"].shape[0]

        def gates(g, kept):
            i, o, u = g.split(hidden, 1)
            c = torch.sigmoid(i) * torch.tanh(u) + kept
            return torch.sigmoid(o) * torch.tanh(c), c

        u, b = p["U"].flatten(0, 1).t(), p["b"].flatten()
        if model == "TreeLSTM":
            uf = p["Uf"].t()

            def cell(states, left, right):
                n, both = len(left), torch.cat((left, right))
                h, c = take(states[0], 0, both), take(states[1], 0, both)
                f = torch.sigmoid(torch.addmm(p["bf"], h, uf)) * c
                return gates(torch.addmm(b, h[:n] + h[n:], u), f[:n] + f[n:])
        else:
            uf = p["Uf"].flatten(0, 1).t()
            bf = p["bf"].repeat(2)

            def cell(states, left, right):
                h = torch.cat((take(states[0], 0, left), take(states[0], 0, right)), 1)
                f = torch.sigmoid(torch.addmm(bf, h, uf))
                kept = f[:, :hidden] * take(states[1], 0, left) + f[:, hidden:] * take(states[1], 0, right)
                return gates(torch.addmm(b, h, u), kept)

        return trees([(hidden,), (hidden,)], lambda w: gates(take(table, 0, w), 0), cell)
    if model in ("TreeGRU", "SimpleTreeGRU"):
        hidden = p["b_z"].shape[0]
        table = torch.addmm(torch.cat((p["b_z"], p["b_h"])), p["embedding"], torch.cat((p["W_z"], p["W_h"])).t())
        zr, bzr, uh = torch.cat((p["U_z"], p["U_r"])).t(), torch.cat((p["b_z"], p["b_r"])), p["U_h"].t()

        def leaf(w):
            z, h = take(table, 0, w).split(hidden, 1)
            return ((1 - torch.sigmoid(z)) * torch.tanh(h),)

        def cell(states, left, right):
            hs = take(states[0], 0, left) + take(states[0], 0, right)
            z, r = torch.sigmoid(torch.addmm(bzr, hs, zr)).split(hidden, 1)
            fresh = (1 - z) * torch.tanh(torch.addmm(p["b_h"], r * hs, uh))
            return (fresh if model == "SimpleTreeGRU" else z * hs + fresh,)

        return trees([(hidden,)], leaf, cell)
    if model == "TreeFC":
        def cell(states, left, right):
            h = torch.cat((take(states[0], 0, left), take(states[0], 0, right)), 1)
            return (torch.relu(torch.addmm(p["composition.bias"], h, p["composition.weight"])),)

        return trees([(p["embedding"].shape[1],)], lambda w: (take(p["embedding"], 0, w),), cell)
    if model == "RNTN":
        hidden = p["b"].shape[0]
        v, w = p["V"].flatten(0, 1).t(), p["W"].t()

        def cell(states, left, right):
            x = torch.cat((take(states[0], 0, left), take(states[0], 0, right)), 1)
            vx = torch.mm(x, v).view(len(left), hidden, 2 * hidden)
            return (torch.tanh(torch.bmm(vx, x.unsqueeze(2)).squeeze(2) + torch.addmm(p["b"], x, w)),)

        return trees([(hidden,)], lambda words: (take(p["embedding"], 0, words),), cell)
    if model == "MVRNN":
        hidden = p["bias"].shape[0]
        w = p["W"].t()

        def cell(states, left, right):
            va, vb, ma, mb = (take(s, 0, i) for s in states for i in (left, right))
            mapped = torch.cat((torch.bmm(mb, va.unsqueeze(2)), torch.bmm(ma, vb.unsqueeze(2))), 1).squeeze(2)
            return torch.tanh(torch.addmm(p["bias"], mapped, w)), torch.matmul(p["W_M"], torch.cat((ma, mb), 1))

        leaf = lambda words: (take(p["embedding"], 0, words), take(p["embedding_matrix"], 0, words))
        return trees([(hidden,), (hidden, hidden)], leaf, cell)
    if model == "TreeRNN":
        cell = lambda states, left, right: (torch.tanh(take(states[0], 0, left) + take(states[0], 0, right)),)
        return trees([(p["embedding"].shape[1],)], lambda words: (take(p["embedding"], 0, words),), cell)
    if model == "DAGRNN":
        u, w = p["U"].t(), p["W"].t()

        def forward(roots):
            by, out = levels(roots)
            x = torch.from_numpy(np.stack([n.x for level in by for n in level]))
            ux = torch.addmm(p["b"], x, u)
            h = torch.empty(len(ux) + 1, u.shape[1])
            h[-1] = 0  # in the place of a missing predecessor
            row = len(by[0])
            h[:row] = torch.relu(ux[:row])
            index = [[n.kids[i].at if i < len(n.kids) else len(ux) for n in level] for level in by[1:] for i in (0, 1)]
            for i in range(0, len(index), 2):
                n = len(index[i])
                a, b = torch.tensor(index[i]), torch.tensor(index[i + 1])
                h[row : row + n] = torch.relu(torch.addmm(ux[row : row + n], take(h, 0, a) + take(h, 0, b), w))
                row += n
            return take(h, 0, torch.tensor(out)).numpy()

        return forward
    if model in ("LSTM", "GRU"):
        features = p["weight_ih_l0"].shape[1]
        module = getattr(torch.nn, model)(features, p["weight_hh_l0"].shape[1])
        module.load_state_dict(p)

        def forward(roots):
            rows = []
            for n in roots:
                sequence = []
                while n:
                    sequence.append(n.x)
                    n = n.kids[0] if n.kids else None
                rows.append(sequence[::-1])
            x = torch.from_numpy(np.asarray(rows)).transpose(0, 1).contiguous()
            return module(x)[0][-1].numpy()

        return forward
    return None


def main():
    a = argparse.ArgumentParser()
    a.add_argument("model")
    a.add_argument("case")
    a.add_argument("answers")
    a.add_argument("--batch", default="1,10")
    a.add_argument("--workers", default="1,2")
    a.add_argument("--seconds", type=float, default=0.15)
    a = a.parse_args()
    tensors = read(a.case)
    forward, roots, rows = make(a.model, tensors), link(tensors), []
    answers = np.fromfile(a.answers, np.float64)
    for size in [int(x) for x in a.batch.split(",")] if forward else []:
        batches = [roots[k : k + size] for k in range(0, len(roots) // size * size, size)]
        for workers in [int(x) for x in a.workers.split(",")]:
            torch.set_num_threads(workers)
            with torch.inference_mode():
                out = np.concatenate([forward(b).reshape(-1) for b in batches])
                known = min(len(out), len(answers))
                passes, began = [], time.perf_counter()
                while len(passes) < 2 or time.perf_counter() - began < a.seconds:
                    start = time.perf_counter()
                    for b in batches:
                        forward(b)
                    passes.append((time.perf_counter() - start) / len(batches) * 1e6)
            rows.append({"batch": size, "workers": workers, "us": statistics.median(passes),
                         "error": float(np.abs(out[:known] - answers[:known]).max()), "version": torch.__version__})
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
