#!/usr/bin/env python3
"""Writes the kept inputs that the compiler makes: manifests, artifacts and models' texts.

  fuzz/seeds.py CORTEX FOLDER

To be run when the ABI's version changes its layouts, which the tests FuzzCorpus.* then say: nothing kept is accepted.
"""
import os
import struct
import subprocess
import sys
import tempfile

MODELS = {
    "TreeRNN": "hidden=3 vocab=5",
    "TreeFC": "hidden=3 vocab=5 classes=2",
    "TreeLSTM": "hidden=4 vocab=5 embed=3",
    "NaryTreeLSTM": "hidden=3 vocab=5 embed=2 arity=3",
    "TreeGRU": "hidden=3 vocab=4 embed=2",
    "SimpleTreeGRU": "hidden=3 vocab=4 embed=2 float=64",
    "MVRNN": "hidden=3 vocab=4",
    "RNTN": "hidden=3 vocab=4",
    "DAGRNN": "hidden=3 features=4 classes=0",
    "Terms": "hidden=3 functions=4 variables=5 classes=0",
    "LSTM": "hidden=3 features=4 layers=1 directions=1 each=0 classes=0",
    "GRU": "hidden=3 features=4 layers=1 directions=1 each=0 classes=0",
    "PlanConv": "features=3 channels1=4 channels2=5 classes=0",
    "UpDown": "hidden=3 vocab=4 embed=5 classes=0",
}
AS_MANIFEST = ["TreeFC", "TreeLSTM", "SimpleTreeGRU", "DAGRNN", "Terms", "PlanConv", "UpDown"]
AS_ARTIFACT = ["TreeFC", "SimpleTreeGRU", "DAGRNN"]
FOOTER = "<QIIQQQQQQQQ"  # ArtifactFooter of runtime/include/cortex/artifact.h


def compile_model(cortex, name, *options):
    settings = ["--set", *MODELS[name].split()]
    result = subprocess.run([cortex, "compile", name, *settings, *options], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout


def sections(cortex, name, weights):
    """The footer's fields, the manifest and the weights of an artifact."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.cortex")
        compile_model(cortex, name, "--target", "x86-64", "-o", path, *(["--random-weights", "1"] if weights else []))
        data = open(path, "rb").read()
    footer = list(struct.unpack(FOOTER, data[-struct.calcsize(FOOTER) :]))
    cut = lambda offset, size: data[offset : offset + size]
    return footer, cut(*footer[5:7]), cut(*footer[7:9]), data[:64]


def small_artifact(footer, manifest, weights, elf):
    """The artifact without its machine code, of which the reader looks at the ELF header only."""
    pad = lambda b: b + bytes(-len(b) % 64)
    body = pad(elf) + pad(manifest)
    footer[4:9] = [len(elf), 64, len(manifest), len(body), len(weights)]
    body = pad(body + weights)
    footer[3] = len(body) + struct.calcsize(FOOTER)
    return body + struct.pack(FOOTER, *footer)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    cortex, folder = sys.argv[1:]

    def put(parser, name, data):
        os.makedirs(os.path.join(folder, parser), exist_ok=True)
        with open(os.path.join(folder, parser, name), "wb") as file:
            file.write(data)

    for name in MODELS:
        put("model", name.lower() + ".mlir", compile_model(cortex, name, "--emit=ra").encode())
    for name in AS_MANIFEST:
        put("manifest", name.lower(), sections(cortex, name, False)[1])
    for name in AS_ARTIFACT:
        put("artifact", name.lower(), small_artifact(*sections(cortex, name, name == "TreeFC")))


main()
