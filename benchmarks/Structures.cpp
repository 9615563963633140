#include "Structures.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace cortex::bench {

Forest::Forest(const io::Batch &batch, const io::Schema &schema) {
  std::vector<size_t> order(batch.nodes());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  owned.resize(batch.nodes());
  for (size_t node : order)
    owned[node] = std::make_unique<Node>();

  for (size_t node = 0; node < batch.nodes(); ++node) {
    Node &to = *owned[node];
    to.count = batch.arity(node);
    to.type = batch.types.empty() ? static_cast<int32_t>(schema.typeOfArity(static_cast<uint32_t>(to.count)).value())
                                  : batch.types[node];
    const int32_t *children = batch.children.data() + batch.child_offsets[node];
    auto child = [&](int32_t i) { return owned[static_cast<size_t>(children[i])].get(); };
    for (int32_t i = 0; i < std::min(to.count, 2); ++i)
      to.child[i] = child(i);
    if (to.count > 2) {
      auto list = std::make_unique<const Node *[]>(static_cast<size_t>(to.count) - 2);
      for (int32_t i = 2; i < to.count; ++i)
        list[static_cast<size_t>(i) - 2] = child(i);
      to.others = list.get();
      lists.push_back(std::move(list));
    }
  }
  for (const InputInfo &info : schema.inputs) {
    const io::Input *input = batch.find(info.name);
    if (!input || info.place != Place::Nodes)
      continue;
    if (!info.symbol)
      features.push_back(input->f32);
    for (size_t node = 0; node < batch.nodes(); ++node) {
      if (!schema.typeHasInput(static_cast<uint32_t>(owned[node]->type), info))
        continue;
      if (info.symbol)
        owned[node]->symbol = input->symbols[node];
      else
        owned[node]->features = features.back().data() + node * input->itemSize();
    }
  }
  for (size_t s = 0; s < batch.structures(); ++s) {
    Structure &roots = all.emplace_back();
    for (int32_t root : io::defaultRoots(batch, s))
      roots.push_back(owned[static_cast<size_t>(root)].get());
  }
}

} // namespace cortex::bench
