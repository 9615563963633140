//===- FileCases.cpp - What the functions of cortex/IO refuse -------------===//
//
// The readers' messages are in the tables of the command line; here is what only
// a program can do.
//===----------------------------------------------------------------------===//
#include "Cases.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/IO/Safetensors.h"

namespace cortex::errors {

namespace {

Outcome format(const io::TensorFile &file) {
  std::string bytes, error;
  return io::formatSafetensors(file, bytes, error) ? Outcome{} : Outcome{"", error};
}

io::Tensor tensor(const std::string &name) {
  return io::makeTensor(name, {2}, std::vector<float>{1, 2});
}

} // namespace

Group fileCases() {
  return {
      "C++: writing files",
      "Functions of `cortex/IO` return false and set the message. What the readers say is above, by example of the "
      "command line.",
      {
          {"a tensor whose name is no UTF-8", "", "tensor '\\xff': expected a name in UTF-8 other than __metadata__",
           "Convert the name.", [] { return format({{tensor("\xff")}, {}}); }},
          {"a tensor named as the metadata", "",
           "tensor '__metadata__': expected a name in UTF-8 other than __metadata__", "Choose another name.",
           [] { return format({{tensor("__metadata__")}, {}}); }},
          {"two tensors of a name", "", "tensor 'a': expected every name once", "Choose another name.",
           [] { return format({{tensor("a"), tensor("a")}, {}}); }},
          {"a tensor with too few bytes", "", "tensor 'a': expected the bytes of F32 2, found 4",
           "Give bytes for every element.",
           [] {
             io::Tensor a = tensor("a");
             a.bytes.resize(4);
             return format({{a}, {}});
           }},
          {"metadata that is no UTF-8", "", "metadata 'who': expected UTF-8", "Convert the text.",
           [] { return format({{tensor("a")}, {{"who", "\xff"}}}); }},
          {"a file of weights that cannot be written", "",
           "cannot write '/nonexistent/w.safetensors': No such file or directory", "Make the folder first.",
           [] {
             std::string error;
             return io::writeSafetensors("/nonexistent/w.safetensors", {{tensor("a")}, {}}, error) ? Outcome{}
                                                                                                   : Outcome{"", error};
           }},
          {"weights that cannot be written as a file", "",
           "cannot write 'w.safetensors': tensor 'a': expected every name once", "Choose another name.",
           [] {
             std::string error;
             return io::writeSafetensors("w.safetensors", {{tensor("a"), tensor("a")}, {}}, error) ? Outcome{}
                                                                                                   : Outcome{"", error};
           }},
          {"a file that is written before it is open", "", "cannot write '': Bad file descriptor", "Call `open` first.",
           [] {
             io::AtomicFile file;
             std::string error;
             return file.write("text", error) ? Outcome{} : Outcome{"", error};
           }},
          {"a file without a name", "", "cannot write '': No such file or directory", "Give the name.",
           [] {
             std::string error;
             return io::writeFile("", "text", error) ? Outcome{} : Outcome{"", error};
           }},
      }};
}

} // namespace cortex::errors
