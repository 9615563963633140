//===- ArtifactWriter.cpp - Putting an artifact together ------------------===//
#include "cortex/artifact.h"

#include "Bytes.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace cortex;

//===----------------------------------------------------------------------===//
// XXH64 (Yann Collet's specification, seed 0)
//===----------------------------------------------------------------------===//

namespace {
constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87u, kPrime2 = 0xC2B2AE3D27D4EB4Fu, kPrime3 = 0x165667B19E3779F9u,
                   kPrime4 = 0x85EBCA77C2B2AE63u, kPrime5 = 0x27D4EB2F165667C5u;

uint64_t rotateLeft(uint64_t x, int bits) {
  return (x << bits) | (x >> (64 - bits));
}
uint64_t mix(uint64_t lane, uint64_t input) {
  return rotateLeft(lane + input * kPrime2, 31) * kPrime1;
}
uint64_t merge(uint64_t hash, uint64_t lane) {
  return (hash ^ mix(0, lane)) * kPrime1 + kPrime4;
}
template <class T> T load(const uint8_t *p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
} // namespace

uint64_t cortex::contentHash(const void *data, size_t size) {
  const auto *p = static_cast<const uint8_t *>(data);
  const uint8_t *end = p + size;
  uint64_t hash = kPrime5;
  if (size >= 32) {
    uint64_t lane[4] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
    for (; end - p >= 32; p += 32)
      for (int i = 0; i < 4; ++i)
        lane[i] = mix(lane[i], load<uint64_t>(p + 8 * i));
    hash = rotateLeft(lane[0], 1) + rotateLeft(lane[1], 7) + rotateLeft(lane[2], 12) + rotateLeft(lane[3], 18);
    for (uint64_t l : lane)
      hash = merge(hash, l);
  }
  hash += size;
  for (; end - p >= 8; p += 8)
    hash = rotateLeft(hash ^ mix(0, load<uint64_t>(p)), 27) * kPrime1 + kPrime4;
  if (end - p >= 4) {
    hash = rotateLeft(hash ^ (load<uint32_t>(p) * kPrime1), 23) * kPrime2 + kPrime3;
    p += 4;
  }
  for (; p != end; ++p)
    hash = rotateLeft(hash ^ (*p * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

//===----------------------------------------------------------------------===//
// Artifacts
//===----------------------------------------------------------------------===//

static uint64_t roundUp64(uint64_t n) {
  return (n + 63) / 64 * 64;
}

static uint64_t tensorBytes(const WeightTensor &t) {
  uint64_t bytes = bytesOf(t.dtype);
  for (uint64_t d : t.shape)
    bytes *= d;
  return bytes;
}

static void appendWeights(ByteWriter &out, const std::vector<WeightTensor> &weights) {
  uint64_t tableSize = sizeof(uint32_t);
  for (const WeightTensor &t : weights)
    tableSize += 4 + t.name.size() + 4 + 4 + 8 * t.shape.size() + 16;
  uint64_t offset = roundUp64(tableSize);
  out.put(static_cast<uint32_t>(weights.size()));
  for (const WeightTensor &t : weights) {
    uint64_t bytes = tensorBytes(t);
    out.put(t.name);
    out.put(t.dtype);
    out.put(static_cast<uint32_t>(t.shape.size()));
    for (uint64_t d : t.shape)
      out.put(d);
    out.put(offset);
    out.put(bytes);
    offset = roundUp64(offset + bytes);
  }
  for (const WeightTensor &t : weights) {
    out.alignTo(64); // the section itself starts at a multiple of 64
    out.append(t.data, tensorBytes(t));
  }
}

std::vector<uint8_t> cortex::writeArtifact(const std::vector<CodeVariant> &variants,
                                           const std::vector<WeightTensor> &weights) {
  std::vector<const CodeVariant *> ordered; // the most capable first
  uint64_t room = 0;
  for (const CodeVariant &v : variants) {
    ordered.push_back(&v);
    room += v.elf.size() + (1 << 16);
  }
  std::sort(ordered.begin(), ordered.end(), [](const CodeVariant *a, const CodeVariant *b) {
    assert((a == b || a->manifest.level != b->manifest.level) && "each variant is for a level of its own");
    return a->manifest.level > b->manifest.level;
  });
  for (const WeightTensor &t : weights)
    room += tensorBytes(t) + 64;
  ByteWriter out;
  out.bytes.reserve(room);

  std::vector<ArtifactVariant> table;
  for (const CodeVariant *v : ordered) {
    ArtifactVariant &entry = table.emplace_back();
    out.alignTo(64);
    entry.code_offset = out.bytes.size();
    entry.code_size = v->elf.size();
    out.append(v->elf.data(), v->elf.size());
    out.alignTo(64);
    const std::vector<uint8_t> text = serializeManifest(v->manifest);
    entry.manifest_offset = out.bytes.size();
    entry.manifest_size = text.size();
    out.append(text.data(), text.size());
  }

  ArtifactFooter footer{};
  footer.magic = footer.magic_end = CORTEX_ABI_MAGIC;
  footer.version = kArtifactVersion;
  footer.abi_version = CORTEX_ABI_VERSION;

  out.alignTo(64);
  footer.weights_offset = out.bytes.size();
  if (!weights.empty())
    appendWeights(out, weights);
  footer.weights_size = out.bytes.size() - footer.weights_offset;

  out.alignTo(64);
  footer.variants_offset = out.bytes.size();
  footer.variant_count = table.size();
  out.append(table.data(), table.size() * sizeof(ArtifactVariant));

  out.alignTo(64);
  footer.file_size = out.bytes.size() + sizeof footer;
  out.put(footer);
  size_t hashed = out.bytes.size() - 2 * sizeof(uint64_t);
  uint64_t checksum = contentHash(out.bytes.data(), hashed);
  std::memcpy(out.bytes.data() + hashed, &checksum, sizeof checksum);
  return std::move(out.bytes);
}
