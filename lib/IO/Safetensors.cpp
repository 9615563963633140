#include "cortex/IO/Safetensors.h"

#include "Json.h"
#include "Support.h"
#include "cortex/IO/Files.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <system_error>
#include <tuple>

#include <sys/stat.h>

namespace cortex::io {

namespace {

constexpr std::string_view kMetadata = "__metadata__";
constexpr uint64_t kLengthBytes = 8;
/// The limit that the format's reference implementation has, too.
constexpr uint64_t kMaxHeader = 100'000'000;

/// Copies `size` bytes from `offset` of the file to `out`.
using Reader = std::function<bool(uint64_t offset, size_t size, char *out, std::string &error)>;

/// What the header says about a tensor; offsets count from the end of the header.
struct Entry {
  Tensor tensor;
  uint64_t begin, end;
};

} // namespace

/// Checks one entry on its own. `where` begins every message.
static bool readEntry(const std::string &name, const Json &value, uint64_t data_size, const std::string &where,
                      Entry &entry, std::string &error) {
  if (!value.is_object())
    return fail(error, where + ": expected an object, found " + describeJson(value));
  for (const auto &item : value.items())
    if (item.key() != "dtype" && item.key() != "shape" && item.key() != "data_offsets")
      return fail(error, where + ": unknown key " + inQuotes(item.key()) + ": expected dtype, shape and data_offsets");
  for (const char *key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key))
      return fail(error, where + ": expected the key \"" + key + "\"");

  const Json &dtype = value["dtype"], &shape = value["shape"], &offsets = value["data_offsets"];
  const auto type = dtype.is_string() ? tensorTypeOf(dtype.get_ref<const std::string &>()) : std::nullopt;
  if (!type)
    return fail(error, where + ": expected a known dtype such as F32, found " + describeJson(dtype));
  if (!shape.is_array())
    return fail(error, where + ": expected a list as shape, found " + describeJson(shape));
  entry.tensor.name = name;
  entry.tensor.type = *type;
  for (const Json &extent : shape) {
    const auto number = asUnsigned(extent, UINT64_MAX);
    if (!number)
      return fail(error, where + ": expected whole numbers as shape, found " + describeJson(extent));
    entry.tensor.shape.push_back(*number);
  }
  if (!offsets.is_array() || offsets.size() != 2)
    return fail(error, where + ": expected two data_offsets, found " + describeJson(offsets));
  const auto begin = asUnsigned(offsets[0], data_size), end = asUnsigned(offsets[1], data_size);
  if (!begin || !end || *begin > *end)
    return fail(error, where + ": expected data_offsets in order within the " + std::to_string(data_size) +
                           " bytes of data, found [" + describeJson(offsets[0]) + ", " + describeJson(offsets[1]) +
                           "]");
  const auto size = byteSize(entry.tensor.shape, *type);
  if (size != *end - *begin)
    return fail(error, where + ": " + std::string(nameOf(*type)) + " of shape " + describeShape(entry.tensor.shape) +
                           " takes " + (size ? std::to_string(*size) : "more than 2^64") +
                           " bytes: expected data_offsets that far apart, found " + std::to_string(*end - *begin));
  entry.begin = *begin;
  entry.end = *end;
  return true;
}

static bool readMetadata(const Json &value, const std::string &file, TensorFile &out, std::string &error) {
  if (!value.is_object())
    return fail(error, file + ": __metadata__: expected an object, found " + describeJson(value));
  for (const auto &item : value.items()) {
    if (!item.value().is_string())
      return fail(error, file + ": __metadata__, key " + inQuotes(item.key()) + ": expected a string, found " +
                             describeJson(item.value()));
    out.metadata.emplace_back(item.key(), item.value().get<std::string>());
  }
  return true;
}

/// The data must be covered exactly: a gap could hide bytes, an overlap lets a
/// small file claim much memory.
static bool checkCoverage(const std::vector<Entry> &entries, uint64_t data_size, const std::string &file,
                          std::string &error) {
  uint64_t covered = 0;
  for (const Entry &entry : entries) {
    if (entry.begin != covered)
      return fail(error, file + ": tensor " + inQuotes(entry.tensor.name) + ": expected its data to begin at " +
                             std::to_string(covered) + ", where the tensor before it ends, found " +
                             std::to_string(entry.begin));
    covered = entry.end;
  }
  if (covered != data_size)
    return fail(error, file + ": expected " + std::to_string(covered) + " bytes of data, as the header says, found " +
                           std::to_string(data_size));
  return true;
}

static bool readHeader(std::string_view text, uint64_t data_size, const std::string &file, std::vector<Entry> &entries,
                       TensorFile &out, std::string &error) {
  Json header;
  JsonError problem;
  if (!text.starts_with('{'))
    return fail(error, file + ": expected a JSON object as header: is this a safetensors file?");
  if (!parseJson(text, header, problem))
    return fail(error, file + ": the header is no JSON" +
                           (problem.offset ? ", byte " + std::to_string(kLengthBytes + *problem.offset) : "") + ": " +
                           problem.message);
  for (const auto &item : header.items()) {
    if (item.key() == kMetadata) {
      if (!readMetadata(item.value(), file, out, error))
        return false;
      continue;
    }
    Entry entry{};
    if (!readEntry(item.key(), item.value(), data_size, file + ": tensor " + inQuotes(item.key()), entry, error))
      return false;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.tensor.name) < std::tie(b.begin, b.end, b.tensor.name);
  });
  return checkCoverage(entries, data_size, file, error);
}

static bool readTensors(uint64_t file_size, const std::string &file, const Reader &reader, TensorFile &out,
                        std::string &error) {
  if (file_size < kLengthBytes)
    return fail(error, file + ": expected at least 8 bytes, found " + std::to_string(file_size) +
                           ": is this a safetensors file?");
  unsigned char length_bytes[kLengthBytes];
  if (!reader(0, kLengthBytes, reinterpret_cast<char *>(length_bytes), error))
    return false;
  uint64_t header_size = 0;
  for (size_t i = kLengthBytes; i-- > 0;)
    header_size = header_size << 8 | length_bytes[i];
  const uint64_t limit = std::min(kMaxHeader, file_size - kLengthBytes);
  if (header_size > limit)
    return fail(error, file + ": the first 8 bytes give a header of " + std::to_string(header_size) +
                           " bytes: expected at most " + std::to_string(limit) +
                           (limit == kMaxHeader ? "" : ", what the file has left") + ": is this a safetensors file?");

  std::string header(header_size, '\0');
  if (!reader(kLengthBytes, header.size(), header.data(), error))
    return false;
  const uint64_t data_begin = kLengthBytes + header_size;
  TensorFile result;
  std::vector<Entry> entries;
  if (!readHeader(header, file_size - data_begin, file, entries, result, error))
    return false;
  for (Entry &entry : entries) {
    Tensor &tensor = entry.tensor;
    tensor.bytes.resize(entry.end - entry.begin);
    if (!reader(data_begin + entry.begin, tensor.bytes.size(), reinterpret_cast<char *>(tensor.bytes.data()), error))
      return false;
    result.tensors.push_back(std::move(tensor));
  }
  out = std::move(result);
  return true;
}

bool parseSafetensors(std::string_view bytes, const std::string &name, TensorFile &out, std::string &error) {
  const Reader reader = [&](uint64_t offset, size_t size, char *to, std::string &) {
    bytes.copy(to, size, offset);
    return true;
  };
  return readTensors(bytes.size(), name, reader, out, error);
}

bool readSafetensors(const std::string &path, TensorFile &out, std::string &error) {
  auto failed = [&](int reason) {
    return fail(error, "cannot read '" + path + "': " + std::generic_category().message(reason));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> stream(std::fopen(path.c_str(), "rbe"), &std::fclose);
  struct stat status{};
  if (!stream || fstat(fileno(stream.get()), &status) != 0)
    return failed(errno);
  if (S_ISDIR(status.st_mode))
    return failed(EISDIR);
  if (!S_ISREG(status.st_mode)) { // a pipe has no size: its content has to be known first
    std::string bytes;
    return readFile(path, bytes, error) && parseSafetensors(bytes, path, out, error);
  }
  // The parts are read in the file's order, so that no seeking is needed but to
  // the first of each.
  const Reader reader = [&](uint64_t offset, size_t size, char *to, std::string &) {
    if (size == 0)
      return true;
    if (fseeko(stream.get(), static_cast<off_t>(offset), SEEK_SET) != 0)
      return failed(errno);
    if (std::fread(to, 1, size, stream.get()) != size)
      return std::ferror(stream.get()) ? failed(errno)
                                       : fail(error, path + ": the file became shorter while it was read");
    return true;
  };
  return readTensors(static_cast<uint64_t>(status.st_size), path, reader, out, error);
}

const Tensor *TensorFile::find(std::string_view name) const {
  for (const Tensor &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

bool formatSafetensors(const TensorFile &file, std::string &out, std::string &error) {
  std::vector<const Tensor *> order;
  std::vector<std::string_view> names;
  for (const Tensor &tensor : file.tensors) {
    if (!isUtf8(tensor.name) || tensor.name == kMetadata)
      return fail(error, "tensor " + inQuotes(tensor.name) + ": expected a name in UTF-8 other than __metadata__");
    if (byteSize(tensor.shape, tensor.type) != tensor.bytes.size())
      return fail(error, "tensor " + inQuotes(tensor.name) + ": expected the bytes of " +
                             std::string(nameOf(tensor.type)) + " " + describeShape(tensor.shape) + ", found " +
                             std::to_string(tensor.bytes.size()));
    order.push_back(&tensor);
    names.push_back(tensor.name);
  }
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return fail(error, "tensor " + inQuotes(*twice) + ": expected every name once");
  // Wide elements first keeps all of them aligned in the file.
  std::sort(order.begin(), order.end(), [](const Tensor *a, const Tensor *b) {
    return bytesOf(a->type) != bytesOf(b->type) ? bytesOf(a->type) > bytesOf(b->type) : a < b;
  });

  Json header = Json::object();
  for (const auto &[key, value] : file.metadata) {
    if (!isUtf8(key) || !isUtf8(value))
      return fail(error, "metadata " + inQuotes(key) + ": expected UTF-8");
    header[std::string(kMetadata)][key] = value;
  }
  uint64_t end = 0;
  for (const Tensor *tensor : order) {
    const uint64_t begin = end;
    end += tensor->bytes.size();
    header[tensor->name] = {{"dtype", nameOf(tensor->type)}, {"shape", tensor->shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  out.clear();
  out.reserve(kLengthBytes + text.size() + end);
  for (size_t i = 0; i < kLengthBytes; ++i)
    out += static_cast<char>(uint64_t{text.size()} >> (8 * i) & 0xFF);
  out += text;
  for (const Tensor *tensor : order)
    out.append(reinterpret_cast<const char *>(tensor->bytes.data()), tensor->bytes.size());
  return true;
}

bool writeSafetensors(const std::string &path, const TensorFile &file, std::string &error) {
  std::string bytes;
  if (!formatSafetensors(file, bytes, error))
    return fail(error, "cannot write '" + path + "': " + error);
  return writeFile(path, bytes, error);
}

} // namespace cortex::io
