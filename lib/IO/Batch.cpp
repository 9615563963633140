#include "cortex/IO/Batch.h"

#include <utility>

namespace cortex::io {

size_t Input::itemSize() const {
  size_t size = 1;
  for (uint32_t extent : shape)
    size *= extent;
  return size;
}

const void *Input::data() const {
  switch (dtype) {
  case DType::I32:
    return symbols.data();
  case DType::F32:
    return f32.data();
  case DType::F64:
    return f64.data();
  }
  return nullptr;
}

void Input::appendZeros(size_t items) {
  switch (dtype) {
  case DType::I32:
    symbols.resize(symbols.size() + items);
    return;
  case DType::F32:
    f32.resize(f32.size() + items * itemSize());
    return;
  case DType::F64:
    f64.resize(f64.size() + items * itemSize());
    return;
  }
}

size_t Batch::items(Place place) const {
  switch (place) {
  case Place::Nodes:
    return nodes();
  case Place::Edges:
    return edges();
  case Place::Structures:
    return structures();
  case Place::Roots:
    return roots.size();
  }
  return 0;
}

const Input *Batch::find(std::string_view name) const {
  for (const Input &input : inputs)
    if (input.name == name)
      return &input;
  return nullptr;
}

Input *Batch::find(std::string_view name) {
  return const_cast<Input *>(std::as_const(*this).find(name));
}

/// v[begin, end) with `base` taken from every element.
static std::vector<int32_t> rebased(const std::vector<int32_t> &v, size_t begin, size_t end, int32_t base) {
  std::vector<int32_t> out(v.begin() + begin, v.begin() + end);
  for (int32_t &x : out)
    x -= base;
  return out;
}

template <typename T> static std::vector<T> part(const std::vector<T> &v, size_t begin, size_t end, size_t item_size) {
  if (v.empty()) // not the member that this input's dtype uses
    return {};
  return {v.begin() + begin * item_size, v.begin() + end * item_size};
}

Batch Batch::slice(size_t begin, size_t end) const {
  const int32_t n0 = node_offsets[begin], n1 = node_offsets[end];
  const int32_t e0 = child_offsets[n0], e1 = child_offsets[n1];
  Batch out;
  out.node_offsets = rebased(node_offsets, begin, end + 1, n0);
  out.child_offsets = rebased(child_offsets, n0, n1 + 1, e0);
  out.children = rebased(children, e0, e1, n0);
  out.types = part(types, n0, n1, 1);
  if (!root_offsets.empty()) {
    const int32_t r0 = root_offsets[begin], r1 = root_offsets[end];
    out.root_offsets = rebased(root_offsets, begin, end + 1, r0);
    out.roots = rebased(roots, r0, r1, n0);
  }
  for (const Input &input : inputs) {
    size_t first = begin, last = end;
    if (input.place == Place::Nodes)
      first = n0, last = n1;
    else if (input.place == Place::Edges)
      first = e0, last = e1;
    const size_t size = input.itemSize();
    out.inputs.push_back({input.name, input.place, input.dtype, input.shape, part(input.symbols, first, last, 1),
                          part(input.f32, first, last, size), part(input.f64, first, last, size)});
  }
  return out;
}

std::vector<int32_t> defaultRoots(const Batch &batch, size_t s) {
  const int32_t begin = batch.node_offsets[s], end = batch.node_offsets[s + 1];
  std::vector<bool> has_parent(end - begin);
  for (int32_t e = batch.child_offsets[begin]; e < batch.child_offsets[end]; ++e)
    has_parent[batch.children[e] - begin] = true;
  std::vector<int32_t> roots;
  for (int32_t n = begin; n < end; ++n)
    if (!has_parent[n - begin])
      roots.push_back(n);
  return roots;
}

} // namespace cortex::io
