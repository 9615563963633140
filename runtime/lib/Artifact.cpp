//===- Artifact.cpp - Reading artifacts -----------------------------------===//
//
// Nothing of a file is believed before its checksum holds, and nothing of it is
// mapped as code before its versions and the CPU fit. What was verified is what
// is loaded: the object goes from the verified bytes to an anonymous file.
//===----------------------------------------------------------------------===//
#include "Artifact.h"

#include "Bytes.h"
#include "Error.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>
#include <utility>

using namespace cortex;
using namespace cortex::rt;

Block cortex::rt::readFile(const std::string &path) {
  auto fail = [&](const char *what) {
    const int error = errno;
    systemError(std::string("cannot ") + what + " " + quoted(path), error);
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail("open");
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  struct stat info{};
  if (::fstat(fd, &info) != 0)
    fail("examine");
  if (!S_ISREG(info.st_mode))
    throw Error(CORTEX_SYSTEM_ERROR, "cannot read " + quoted(path) + ": it is not a regular file");
  Block bytes(static_cast<size_t>(info.st_size));
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t n = ::read(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      fail("read");
    if (n == 0)
      break;
    at += static_cast<size_t>(n);
  }
  bytes.shorten(at); // the file may have become shorter
  return bytes;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// Whether two programs take the same inputs and weights and give the same outputs.
static bool sameInterface(const Manifest &a, const Manifest &b) {
  auto same = [](const auto &x, const auto &y, auto fields) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [&](const auto &p, const auto &q) { return fields(p) == fields(q); });
  };
  return std::tie(a.model, a.float_type, a.structure) == std::tie(b.model, b.float_type, b.structure) &&
         same(a.types, b.types, [](const TypeInfo &t) { return std::tie(t.name, t.min_arity, t.max_arity); }) &&
         same(a.inputs, b.inputs,
              [](const InputInfo &i) {
                return std::tie(i.name, i.place, i.symbol, i.domain, i.dtype, i.shape, i.types);
              }) &&
         same(a.params, b.params, [](const ParamInfo &p) { return std::tie(p.name, p.dtype, p.shape); }) &&
         same(a.outputs, b.outputs, [](const OutputInfo &o) { return std::tie(o.name, o.place, o.dtype, o.shape); });
}

namespace {

class Verifier {
public:
  Verifier(Artifact &a, const std::string &name) : a(a), name(name) {}

  void verify(const CpuFeatures &cpu, const std::string &level) {
    const ArtifactFooter f = footer();
    const std::vector<ArtifactVariant> variants = variantTable(f);
    uint64_t end = 0;
    for (const ArtifactVariant &v : variants) {
      end = section("machine code", v.code_offset, v.code_size, end, f.variants_offset);
      end = section("manifest", v.manifest_offset, v.manifest_size, end, f.variants_offset);
    }
    section("weights", f.weights_offset, f.weights_size, end, f.variants_offset);
    if (contentHash(a.bytes.data(), a.bytes.size() - 16) != f.checksum)
      fail("it is damaged: its checksum does not match its contents");
    std::vector<Manifest> manifests;
    for (const ArtifactVariant &v : variants) {
      Manifest manifest;
      std::string error;
      if (!parseManifest(a.bytes.data() + v.manifest_offset, v.manifest_size, manifest, error))
        fail(error);
      if (!manifests.empty() && manifest.level >= manifests.back().level)
        fail("its variants are out of order: one for " + std::string(nameOf(manifest.level)) + " follows one for " +
             nameOf(manifests.back().level));
      if (!manifests.empty() && !sameInterface(manifest, manifests.front()))
        fail("its variants are of different models");
      elf(v);
      a.levels += (manifests.empty() ? "" : ",") + std::string(nameOf(manifest.level));
      manifests.push_back(std::move(manifest));
    }
    if (f.weights_size > 0)
      weights(a.bytes.data() + f.weights_offset, f.weights_size);
    const size_t chosen = choose(manifests, cpu, level);
    a.code = variants[chosen];
    a.manifest = std::move(manifests[chosen]);
  }

private:
  [[noreturn]] void fail(const std::string &what) const { throw Error(CORTEX_INVALID_ARTIFACT, name + ": " + what); }

  ArtifactFooter footer() const {
    ArtifactFooter f;
    if (a.bytes.size() < sizeof f)
      fail("it is no Cortex artifact: it has only " + std::to_string(a.bytes.size()) + " bytes");
    std::memcpy(&f, a.bytes.data() + a.bytes.size() - sizeof f, sizeof f);
    if (f.magic_end != CORTEX_ABI_MAGIC || f.magic != CORTEX_ABI_MAGIC)
      fail("it is no Cortex artifact, or it is truncated: it does not end as one");
    if (f.version != kArtifactVersion)
      fail("it is of artifact version " + std::to_string(f.version) + ", this runtime reads version " +
           std::to_string(kArtifactVersion));
    if (f.abi_version != CORTEX_ABI_VERSION)
      fail("it is of ABI version " + std::to_string(f.abi_version) + ", this runtime needs version " +
           std::to_string(CORTEX_ABI_VERSION));
    if (f.file_size != a.bytes.size())
      fail("it should have " + std::to_string(f.file_size) + " bytes, but has " + std::to_string(a.bytes.size()));
    return f;
  }

  std::vector<ArtifactVariant> variantTable(const ArtifactFooter &f) const {
    const uint64_t limit = a.bytes.size() - sizeof f;
    if (f.variants_offset > limit || f.variant_count > (limit - f.variants_offset) / sizeof(ArtifactVariant))
      fail("its table of variants does not lie within the file");
    if (f.variant_count == 0)
      fail("its table of variants is empty");
    std::vector<ArtifactVariant> variants(f.variant_count);
    std::memcpy(variants.data(), a.bytes.data() + f.variants_offset, f.variant_count * sizeof(ArtifactVariant));
    return variants;
  }

  /// [offset, offset + size) must lie within [begin, limit), which does within the file. Returns its end.
  uint64_t section(const char *what, uint64_t offset, uint64_t size, uint64_t begin, uint64_t limit) const {
    if (offset < begin || offset > limit || size > limit - offset)
      fail(std::string("its section of ") + what + " does not lie within the file");
    return offset + size;
  }

  /// The first of `manifests` that `cpu` can run; of that level alone if one is asked for.
  size_t choose(const std::vector<Manifest> &manifests, const CpuFeatures &cpu, const std::string &level) const {
    std::string tried, missing;
    for (size_t i = 0; i < manifests.size(); ++i) {
      const std::string its = nameOf(manifests[i].level);
      if (!level.empty() && level != its)
        continue;
      missing = missingFeatures(manifests[i].level, cpu);
      if (missing.empty())
        return i;
      tried += (tried.empty() ? "" : " and ") + its;
    }
    if (tried.empty())
      throw Error(CORTEX_INVALID_ARGUMENT,
                  name + ": it has no variant for target " + quoted(level) + ", only for " + a.levels);
    // The last that was tried is the least: what it lacks, the others lack too.
    throw Error(CORTEX_UNSUPPORTED_CPU, name + ": it is compiled for " + tried + ", but this CPU lacks " + missing);
  }

  void elf(const ArtifactVariant &v) const {
    const uint8_t *code = a.bytes.data() + v.code_offset;
    Elf64_Ehdr header;
    if (v.code_size < sizeof header || std::memcmp(code, ELFMAG, SELFMAG) != 0)
      fail("its machine code is no ELF object");
    std::memcpy(&header, code, sizeof header);
#if defined(__x86_64__)
    constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
    constexpr unsigned kMachine = EM_AARCH64;
#else
    constexpr unsigned kMachine = EM_NONE;
#endif
    if (header.e_machine != kMachine)
      throw Error(CORTEX_UNSUPPORTED_CPU, name + ": its machine code is for another kind of CPU");
    // The system's loader maps what the headers say; what it then touches behind the end would kill the process.
    auto within = [&](uint64_t offset, uint64_t size) { return offset <= v.code_size && size <= v.code_size - offset; };
    Elf64_Phdr segment;
    if (header.e_phentsize != sizeof segment || !within(header.e_phoff, uint64_t(header.e_phnum) * sizeof segment))
      fail("the program headers of its machine code do not lie within it");
    for (unsigned i = 0; i < header.e_phnum; ++i) {
      std::memcpy(&segment, code + header.e_phoff + i * sizeof segment, sizeof segment);
      if (!within(segment.p_offset, segment.p_filesz))
        fail("a segment of its machine code does not lie within it");
    }
  }

  void weights(const uint8_t *data, size_t size) {
    ByteReader in(data, size);
    const uint32_t count = in.getCount(28);
    for (uint32_t i = 0; i < count && in.ok(); ++i) {
      Artifact::Weight w;
      w.name = in.getString(1 << 16);
      w.dtype = in.get<DType>();
      const uint32_t rank = in.getCount(8);
      for (uint32_t d = 0; d < rank; ++d)
        w.shape.push_back(in.get<uint64_t>());
      const auto offset = in.get<uint64_t>(), bytes = in.get<uint64_t>();
      if (!in.ok() || w.dtype > DType::I32)
        break;
      // Multiply with a bound, so that hostile dimensions cannot wrap around to the right size.
      uint64_t expected = bytesOf(w.dtype);
      for (uint64_t d : w.shape)
        expected = d == 0 ? 0 : expected > size / d ? size + 1 : expected * d;
      if (offset % 64 != 0 || offset > size || bytes > size - offset || bytes != expected)
        fail("the size of its weight " + quoted(w.name) + " does not match its place in the file");
      w.data = data + offset;
      a.weights.push_back(std::move(w));
    }
    if (!in.ok() || a.weights.size() != count)
      fail("its table of weights is damaged");
  }

  Artifact &a;
  const std::string &name;
};

} // namespace

Artifact cortex::rt::readArtifact(Block bytes, const std::string &name, const CpuFeatures &cpu,
                                  const std::string &level) {
  Artifact a;
  a.bytes = std::move(bytes);
  Verifier(a, name).verify(cpu, level);
  return a;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static bool writeAll(int fd, const uint8_t *data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

/// An anonymous file, or an unlinked temporary one where the system has none; -1 on failure.
static int anonymousFile(const uint8_t *data, size_t size) {
  int fd = ::memfd_create("cortex-program", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd >= 0) {
    if (writeAll(fd, data, size)) {
      ::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
      return fd;
    }
    ::close(fd);
  }
  const char *directory = std::getenv("TMPDIR");
  std::string path = std::string(directory && *directory ? directory : "/tmp") + "/cortex-XXXXXX";
  fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0)
    return -1;
  ::unlink(path.c_str());
  if (writeAll(fd, data, size))
    return fd;
  ::close(fd);
  return -1;
}

/// Whether the loader's message ("PATH: what failed: why") tells of memory, not of the object. It says so in these
/// ways: by the error's text, as "out of memory" where there is no room for one, or as something that it cannot do
/// without a reason, which would name the object or the system.
static bool tellsOfMemory(const std::string &message) {
  const size_t what = message.find(": ");
  const std::string text = what == std::string::npos ? message : message.substr(what + 2);
  return text.find(std::strerror(ENOMEM)) != std::string::npos || text.find("out of memory") != std::string::npos ||
         (text.find(": ") == std::string::npos && !text.starts_with("cannot dynamically load ") &&
          (text.starts_with("cannot ") || text.starts_with("failed to map ")));
}

// Delegates, so that what is open is closed if there is no memory for more.
LoadedObject::LoadedObject(const uint8_t *elf, size_t size, const std::string &name) : LoadedObject() {
  fd = anonymousFile(elf, size);
  if (fd < 0) {
    const int error = errno;
    systemError(name + ": cannot make a file for its machine code", error);
  }
  // The loader tells objects apart by path first. The descriptor stays open as
  // long as the object, so that no other program can get the same path.
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *why = ::dlerror();
    const std::string reason = why ? why : "no reason given";
    // What is loaded was verified: if its pages cannot be had, that is no fault of the artifact.
    if (tellsOfMemory(reason))
      throw Error(CORTEX_OUT_OF_MEMORY, name + ": out of memory for its machine code: " + reason);
    throw Error(CORTEX_INVALID_ARTIFACT, name + ": the system refuses its machine code: " + reason);
  }
}

LoadedObject::LoadedObject(LoadedObject &&other) noexcept
    : handle(std::exchange(other.handle, nullptr)), fd(std::exchange(other.fd, -1)) {}

LoadedObject &LoadedObject::operator=(LoadedObject &&other) noexcept {
  std::swap(handle, other.handle);
  std::swap(fd, other.fd);
  return *this;
}

LoadedObject::~LoadedObject() {
  if (handle)
    ::dlclose(handle);
  if (fd >= 0)
    ::close(fd);
}

void *LoadedObject::symbol(const char *name) const {
  return ::dlsym(handle, name);
}
