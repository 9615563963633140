//===- Bytes.h - Bounded reading and appending of little-endian bytes -----===//
#ifndef CORTEX_RUNTIME_BYTES_H
#define CORTEX_RUNTIME_BYTES_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace cortex {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little endian and are read in place");

/// Appends plain values and strings to a byte vector.
class ByteWriter {
public:
  template <class T> void put(T value) { append(&value, sizeof value); }
  void put(const std::string &s) {
    put(static_cast<uint32_t>(s.size()));
    append(s.data(), s.size());
  }
  void append(const void *data, size_t size) {
    if (!size)
      return;
    size_t at = bytes.size();
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, data, size);
  }
  void alignTo(size_t alignment) { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment); }

  std::vector<uint8_t> bytes;
};

/// Reads plain values and strings and never past the end. After the first
/// failure every read gives zero and `ok()` is false.
class ByteReader {
public:
  ByteReader(const uint8_t *data, size_t size) : at(data), left(size) {}

  bool ok() const { return good; }
  size_t remaining() const { return left; }
  void fail() {
    good = false;
    left = 0;
  }

  template <class T> T get() {
    T value{};
    if (!take(sizeof value))
      return value;
    std::memcpy(&value, at - sizeof value, sizeof value);
    return value;
  }
  std::string getString(size_t limit) {
    uint32_t size = get<uint32_t>();
    if (size > limit || !take(size)) {
      fail();
      return {};
    }
    return {reinterpret_cast<const char *>(at - size), size};
  }
  /// A count of things that take at least `minBytes` each; fails if so many cannot follow.
  uint32_t getCount(size_t minBytes) {
    uint32_t n = get<uint32_t>();
    if (n > left / minBytes) {
      fail();
      return 0;
    }
    return n;
  }

private:
  bool take(size_t size) {
    if (!good || size > left) {
      fail();
      return false;
    }
    at += size;
    left -= size;
    return true;
  }

  const uint8_t *at;
  size_t left;
  bool good = true;
};

} // namespace cortex
#endif // CORTEX_RUNTIME_BYTES_H
