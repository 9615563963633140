//===- Memory.h - Reference counts, grow-only arrays, aligned blocks ------===//
#ifndef CORTEX_RUNTIME_MEMORY_H
#define CORTEX_RUNTIME_MEMORY_H

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace cortex::rt {

/// Base of the objects behind the C interface. Starts with one reference.
class RefCounted {
public:
  RefCounted() = default;
  RefCounted(const RefCounted &) = delete;
  RefCounted &operator=(const RefCounted &) = delete;
  virtual ~RefCounted() = default;

  void retain() { count.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (count.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

private:
  std::atomic<uint32_t> count{1};
};

/// Holds one reference.
template <class T> class Ref {
public:
  Ref() = default;
  /// Takes over the reference that `object` came with.
  static Ref adopt(T *object) {
    Ref r;
    r.object = object;
    return r;
  }
  /// Adds a reference of its own.
  static Ref share(T *object) {
    object->retain();
    return adopt(object);
  }
  Ref(const Ref &other) : object(other.object) {
    if (object)
      object->retain();
  }
  Ref(Ref &&other) noexcept : object(std::exchange(other.object, nullptr)) {}
  Ref &operator=(Ref other) noexcept {
    std::swap(object, other.object);
    return *this;
  }
  ~Ref() {
    if (object)
      object->release();
  }
  T *get() const { return object; }
  T *operator->() const { return object; }
  T &operator*() const { return *object; }
  /// Gives the reference to the caller.
  T *detach() { return std::exchange(object, nullptr); }

private:
  T *object = nullptr;
};

/// An uninitialized array in somebody else's memory.
template <class T> class PlacedArray {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  /// Puts `n` elements at `memory`.
  void place(uint8_t *memory, size_t n) {
    elements = reinterpret_cast<T *>(memory);
    size = n;
  }
  /// The first of `n` elements, for which there must be room.
  T *ensure(size_t n) const {
    assert(n <= size && "the room of an array was computed wrongly");
    return elements;
  }
  T *data() const { return elements; }
  /// For how many elements there is room.
  size_t capacity() const { return size; }
  T &operator[](size_t i) const { return elements[i]; }

private:
  T *elements = nullptr;
  size_t size = 0;
};

/// A block of memory from the system, aligned to 64 bytes at least. Large
/// blocks ask for huge pages: tables and packed weights are read at random.
class Block {
public:
  Block() = default;
  explicit Block(size_t size);
  static Block copyOf(const void *from, size_t size);
  /// For tests: `copies` blocks of `size` bytes, `stride` bytes apart, each of
  /// which ends at an inaccessible page. They are filled with ones, which are a
  /// NaN. A block without bytes has an address, too.
  static Block guarded(size_t size, size_t copies, size_t &stride);
  static Block guarded(size_t size) {
    size_t stride;
    return guarded(size, 1, stride);
  }
  Block(Block &&other) noexcept { *this = std::move(other); }
  Block &operator=(Block &&other) noexcept {
    std::swap(base, other.base);
    std::swap(bytes, other.bytes);
    std::swap(mapping, other.mapping);
    std::swap(mappingSize, other.mappingSize);
    return *this;
  }
  ~Block();

  uint8_t *data() const { return base; }
  size_t size() const { return bytes; }
  /// The first `size` bytes are the block from now on. AddressSanitizer reports who reads others.
  void shorten(size_t size);

private:
  void map(size_t size);

  uint8_t *base = nullptr;
  size_t bytes = 0;
  void *mapping = nullptr;
  size_t mappingSize = 0;
};

/// For tests: copies of arrays, each of which ends at an inaccessible page.
class GuardedCopies {
public:
  /// The address of a copy of `size` bytes, which lives until clear().
  uint64_t add(const void *array, size_t size);
  void clear() { blocks.clear(); }

private:
  std::vector<Block> blocks;
};

inline uint64_t roundUp(uint64_t n, uint64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_MEMORY_H
