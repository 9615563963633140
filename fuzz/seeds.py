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
AS_ARTIFACT_TARGETS = {"TreeFC": "x86-64,x86-64-v3", "DAGRNN": "x86-64-v3,x86-64-v4,x86-64"}
# ArtifactFooter and ArtifactVariant of runtime/include/cortex/artifact.h
FOOTER = "<QIIQQQQQQQ"
VARIANT = "<QQQQ"


def compile_model(cortex, name, *options):
    settings = ["--set", *MODELS[name].split()]
    result = subprocess.run([cortex, "compile", name, *settings, *options], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout


def sections(cortex, name, targets, weights):
    """The footer's fields, the variants' manifests and ELF headers, and the weights of an artifact."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.cortex")
        compile_model(cortex, name, "--target", targets, "-o", path, *(["--random-weights", "1"] if weights else []))
        data = open(path, "rb").read()
    footer = list(struct.unpack(FOOTER, data[-struct.calcsize(FOOTER) :]))
    cut = lambda offset, size: data[offset : offset + size]
    table = struct.iter_unpack(VARIANT, cut(footer[6], footer[7] * struct.calcsize(VARIANT)))
    return footer, [(cut(v[2], v[3]), cut(v[0], 64)) for v in table], cut(*footer[4:6])


def small_artifact(footer, variants, weights):
    """The artifact without its machine code, of which the reader looks at the ELF headers only: they name no segments."""
    pad = lambda b: b + bytes(-len(b) % 64)
    body, table = b"", b""
    for manifest, elf in variants:
        elf = elf[:56] + bytes(2) + elf[58:]  # e_phnum
        table += struct.pack(VARIANT, len(body), len(elf), len(body) + 64, len(manifest))
        body = pad(body + pad(elf) + manifest)
    footer[4:6] = [len(body), len(weights)]
    body = pad(body + weights)
    footer[6] = len(body)
    body = pad(body + table)
    footer[3] = len(body) + struct.calcsize(FOOTER)
    return body + struct.pack(FOOTER, *footer)


def damaged(artifact):
    """An artifact of two variants with one thing wrong, by name."""
    at = len(artifact) - struct.calcsize(FOOTER)
    table = struct.unpack(FOOTER, artifact[at:])[6]
    places = {  # offset, value
        "weights-before-start": (at + 24, 0),
        "weights-past-end": (at + 32, 1 << 63),
        "variants-past-end": (at + 40, 1 << 62),
        "variants-too-many": (at + 48, (1 << 59) + 1),
        "variants-none": (at + 48, 0),
        "variants-one": (at + 48, 1),
        "code-past-end": (table + 8, 1 << 63),
        "manifest-past-end": (table + 16, 1 << 62),
        "second-code-in-first": (table + 32, 0),
        "second-manifest-past-end": (table + 56, 1 << 62),
    }
    kept = {"cut": artifact[:-8], "footer-only": artifact[at:]}
    for name, (offset, value) in places.items():
        kept[name] = artifact[:offset] + struct.pack("<Q", value) + artifact[offset + 8 :]
    return kept


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
        put("manifest", name.lower(), sections(cortex, name, "x86-64", False)[1][0][0])
    for name in AS_ARTIFACT:
        targets = AS_ARTIFACT_TARGETS.get(name, "x86-64")
        footer, variants, weights = sections(cortex, name, targets, name == "TreeFC")
        artifact = small_artifact(footer, variants, weights)
        put("artifact", name.lower(), artifact)
        if name == "TreeFC":
            for fault, data in damaged(artifact).items():
                put("artifact", fault, data)
            put("artifact", "level-twice", small_artifact(footer, variants[:1] * 2, weights))
            put("artifact", "levels-in-wrong-order", small_artifact(footer, variants[::-1], weights))


main()
