# The suite of tests from IR to IR. A test is a file with RUN lines; cortex-opt,
# cortex, FileCheck and not are on its path, %python and %source are replaced.
import os

import lit.formats

config.name = "cortex"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.cortex_test_dir
config.environment["PATH"] = os.path.pathsep.join(
    [config.cortex_tools_dir, config.llvm_tools_dir, os.environ["PATH"]]
)
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"
config.substitutions += [("%python", config.python), ("%source", config.cortex_source_dir)]
