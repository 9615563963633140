#include "cortex/IO/Npy.h"

#include "Support.h"
#include "cortex/IO/Files.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace cortex::io {

static constexpr std::string_view kMagic("\x93NUMPY", 6);

static std::string_view descrOf(DType dtype) {
  return dtype == DType::F64 ? "<f8" : dtype == DType::I32 ? "<i4" : "<f4";
}

std::string formatNpy(DType dtype, std::span<const uint64_t> shape, const void *data) {
  std::string header = "{'descr': '" + std::string(descrOf(dtype)) + "', 'fortran_order': False, 'shape': (";
  uint64_t count = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    header += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    count *= shape[i];
  }
  if (shape.size() == 1)
    header += ','; // Python's tuple of one
  header += "), }";
  // The data begins at a multiple of 64; the header ends with a newline.
  constexpr size_t kPreamble = 10, kAlignment = 64;
  const size_t length = (kPreamble + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - kPreamble;
  header.resize(length - 1, ' ');
  header += '\n';

  std::string out(kMagic);
  out += {'\1', '\0', static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  out += header;
  if (const uint64_t size = count * bytesOf(dtype))
    out.append(static_cast<const char *>(data), size);
  return out;
}

bool writeNpy(const std::string &path, DType dtype, std::span<const uint64_t> shape, const void *data,
              std::string &error) {
  return writeFile(path, formatNpy(dtype, shape, data), error);
}

namespace {

/// Reads the header's Python dictionary of three known keys.
class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string &file, std::string &error)
      : rest(text), file(file), error(error) {}

  bool parse(Tensor &out);

private:
  void skipSpace() {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
  }
  bool accept(std::string_view token) {
    skipSpace();
    if (!rest.starts_with(token))
      return false;
    rest.remove_prefix(token.size());
    return true;
  }
  bool expected(const std::string &what) {
    skipSpace();
    return fail(error, file + ": the header: expected " + what + ", found " +
                           (rest.empty() ? std::string("its end") : inQuotes(rest.substr(0, 20))));
  }
  bool string(std::string_view &out);
  bool descr(Tensor &out);
  bool shape(std::vector<uint64_t> &out);

  std::string_view rest;
  const std::string &file;
  std::string &error;
};

} // namespace

bool HeaderParser::string(std::string_view &out) {
  skipSpace();
  const char quote = rest.empty() ? '\0' : rest[0];
  const size_t end = quote == '\'' || quote == '"' ? rest.find(quote, 1) : std::string_view::npos;
  if (end == std::string_view::npos)
    return expected("a string");
  out = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

bool HeaderParser::descr(Tensor &out) {
  std::string_view text;
  if (!string(text))
    return false;
  for (const DType dtype : {DType::F32, DType::F64, DType::I32})
    if (text == descrOf(dtype)) {
      out.type = tensorTypeOf(dtype);
      return true;
    }
  return fail(error, file + ": the header: expected the descr '<f4', '<f8' or '<i4', found " + inQuotes(text));
}

bool HeaderParser::shape(std::vector<uint64_t> &out) {
  if (!accept("("))
    return expected("'(', the start of the shape");
  while (!accept(")")) {
    uint64_t extent = 0;
    skipSpace();
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
    if (problem != std::errc())
      return expected("a number in the shape");
    rest.remove_prefix(end - rest.data());
    out.push_back(extent);
    if (accept(","))
      continue;
    if (!accept(")"))
      return expected("',' or ')' in the shape");
    break;
  }
  return true;
}

bool HeaderParser::parse(Tensor &out) {
  static constexpr std::string_view kKeys[] = {"descr", "fortran_order", "shape"};
  bool seen[3] = {};
  if (!accept("{"))
    return expected("'{'");
  while (!accept("}")) {
    std::string_view key;
    if (!string(key))
      return false;
    const size_t index = std::find(std::begin(kKeys), std::end(kKeys), key) - std::begin(kKeys);
    if (index == std::size(kKeys) || seen[index])
      return fail(error, file + ": the header: expected the keys descr, fortran_order and shape once each, found " +
                             inQuotes(key));
    seen[index] = true;
    if (!accept(":"))
      return expected("':'");
    if (index == 0 && !descr(out))
      return false;
    if (index == 1 && !accept("False"))
      return expected("the fortran_order False (C order)");
    if (index == 2 && !shape(out.shape))
      return false;
    if (accept(","))
      continue;
    if (!accept("}"))
      return expected("',' or '}'");
    break;
  }
  for (size_t i = 0; i < std::size(kKeys); ++i)
    if (!seen[i])
      return fail(error, file + ": the header: expected the key " + inQuotes(kKeys[i]));
  skipSpace();
  return rest.empty() || expected("its end");
}

bool parseNpy(std::string_view bytes, const std::string &name, Tensor &out, std::string &error) {
  const auto tooShort = [&] {
    return fail(error, name + ": expected the start of a .npy file, found " + std::to_string(bytes.size()) + " bytes");
  };
  if (bytes.size() < 10)
    return tooShort();
  if (!bytes.starts_with(kMagic))
    return fail(error, name + ": expected the start of a .npy file, found " + inQuotes(bytes.substr(0, kMagic.size())));
  const auto major = static_cast<unsigned char>(bytes[6]), minor = static_cast<unsigned char>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0)
    return fail(error, name + ": expected .npy version 1.0, 2.0 or 3.0, found " + std::to_string(major) + "." +
                           std::to_string(minor));
  const size_t length_bytes = major == 1 ? 2 : 4;
  if (bytes.size() < 8 + length_bytes)
    return tooShort();
  size_t length = 0;
  for (size_t i = length_bytes; i-- > 0;)
    length = length << 8 | static_cast<unsigned char>(bytes[8 + i]);
  bytes.remove_prefix(8 + length_bytes);
  if (length > bytes.size())
    return fail(error, name + ": the header claims " + std::to_string(length) + " bytes: expected at most " +
                           std::to_string(bytes.size()) + ", what the file has left");
  Tensor tensor;
  if (!HeaderParser(bytes.substr(0, length), name, error).parse(tensor))
    return false;
  bytes.remove_prefix(length);
  const auto size = byteSize(tensor.shape, tensor.type);
  if (size != bytes.size())
    return fail(error, name + ": " + std::string(nameOf(tensor.type)) + " of shape " + describeShape(tensor.shape) +
                           " takes " + (size ? std::to_string(*size) : "more than 2^64") + " bytes: found " +
                           std::to_string(bytes.size()));
  tensor.bytes.assign(bytes.begin(), bytes.end());
  out = std::move(tensor);
  return true;
}

bool readNpy(const std::string &path, Tensor &out, std::string &error) {
  std::string bytes;
  return readFile(path, bytes, error) && parseNpy(bytes, path, out, error);
}

} // namespace cortex::io
