# big.py BRACKETS JSONLINES VOCABULARY NODES: the same structures as bracketed trees and as JSON
# lines: a small tree, a binary tree with NODES nodes that is as deep as can be, a balanced one of
# as many, and small ones.
import json
import sys

WORDS = 7


def spine(nodes):
    """Children lists in post-order: leaf, leaf, inner, leaf, inner, ..."""
    kids = [[]]
    while len(kids) < nodes:
        kids += [[], [len(kids) - 1, len(kids)]]
    return kids


def balanced(nodes):
    """A perfect tree of at most `nodes` nodes, in post-order, without recursion."""
    kids, levels = [], [[]]
    height = (nodes + 1).bit_length() - 1
    tree = [[]]
    for _ in range(height - 1):
        size = len(tree)
        tree = tree + [[c + size for c in k] for k in tree] + [[size - 1, 2 * size - 1]]
    return tree


def brackets(kids):
    """Text of a tree in post-order: a node's text is put together from its children's pieces."""
    pieces, stack = [], [len(kids) - 1]
    while stack:
        node = stack.pop()
        if node < 0:
            pieces.append(")")
        elif kids[node]:
            pieces.append("(")
            stack.append(-1)
            stack.extend(reversed(kids[node]))
        else:
            pieces.append("(w%d)" % (node % WORDS))
    return "".join(pieces)


def main():
    text, lines, vocabulary, nodes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    structures = [spine(5), spine(nodes), balanced(nodes)] + [spine(9)] * 50
    with open(vocabulary, "w") as out:
        out.writelines("w%d\n" % i for i in range(WORDS))
    with open(text, "w") as out:
        out.writelines(brackets(kids) + "\n" for kids in structures)
    with open(lines, "w") as out:
        for kids in structures:
            words = [None if k else n % WORDS for n, k in enumerate(kids)]
            out.write(json.dumps({"children": kids, "inputs": {"word": words}}) + "\n")


main()
