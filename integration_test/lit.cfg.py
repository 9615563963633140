# The suite of tests that run the tool and the examples as a user does. A test is
# a file with RUN lines, which bash executes in a folder of its own.
import os
import subprocess

import lit.formats

config.name = "cortex-integration"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".test", ".toml"] # a table of bad inputs has a RUN line too
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.cortex_test_dir
# `--param tools=FOLDER`: another build's tools, an instrumented one's say, come first.
config.environment["PATH"] = os.path.pathsep.join(
    [
        *filter(None, [lit_config.params.get("tools")]),
        config.cortex_tools_dir,
        config.llvm_tools_dir,
        os.environ["PATH"],
    ]
)
for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "CI"): # with CI set, fewer tests may be skipped
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"

utils = os.path.join(config.test_source_root, "utils")
config.substitutions += [
    # `%fails COMMAND`: it must exit with 2, print nothing on standard output and exactly one
    # error on standard error, which is passed on. `%exits N COMMAND`: it must exit with N.
    ("%fails", "bash " + os.path.join(utils, "fails.sh")),
    ("%exits", "bash " + os.path.join(utils, "exits.sh")),
    ("%utils", utils),
    ("%tools", config.cortex_tools_dir),
    ("%samples", os.path.join(config.cortex_source_dir, "samples")),
    ("%source", config.cortex_source_dir),
    ("%lib", config.cortex_lib_dir),
    ("%python", config.python),
]

# Public data that is no part of the project; tests that need it say REQUIRES: cortex-data.
data = os.environ.get("CORTEX_DATA", os.path.join(config.cortex_source_dir, "..", "shared", "data"))
if os.path.isdir(os.path.join(data, "sst")) and os.path.isdir(os.path.join(data, "treernn_sst")):
    config.available_features.add("cortex-data")
    config.substitutions.append(("%data", os.path.realpath(data)))
else:
    lit_config.note("no data at " + data + " (set CORTEX_DATA): the tests in data/ are skipped")
# A Python with PyTorch and NumPy (Debian: python3-torch, 600 MB, which nothing else needs).
find_torch = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('numpy')))"
for python in (config.python, "/usr/bin/python3"):
    if os.path.exists(python) and subprocess.run([python, "-c", find_torch]).returncode == 0:
        config.available_features.add("pytorch")
        config.substitutions.append(("%pytorch", python))
        break
else:
    lit_config.note("no PyTorch (Debian: apt-get install python3-torch): the tests in pytorch/ are skipped")
if os.geteuid() != 0:
    config.available_features.add("not-root")
