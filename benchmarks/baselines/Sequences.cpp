#include "Others.h"

#include <cstring>
#include <stdexcept>

namespace cortex::bench {

namespace {

/// Batches of sequences of one length, through oneDNN's primitives. The last element is the root.
class Sequence final : public Side {
public:
  Sequence(SequenceCell::Kind kind, int hidden, int features, const reference::Params &weights, int threads)
      : ih(floatsOf(weights, "weight_ih_l0")), hh(floatsOf(weights, "weight_hh_l0")),
        bih(floatsOf(weights, "bias_ih_l0")), bhh(floatsOf(weights, "bias_hh_l0")),
        width(static_cast<size_t>(features)),
        cell(kind, {ih.data(), hh.data(), bih.data(), bhh.data(), hidden, features}, threads) {}

  void forward(std::span<const Structure *const> structures, float *out) override {
    elements.clear();
    for (const Structure *s : structures)
      for (const Node *n = s->front(); n; n = n->count ? n->at(0) : nullptr)
        elements.push_back(n);
    const size_t batch = structures.size(), steps = elements.size() / batch;
    inputs.reserve(elements.size() * width);
    for (size_t s = 0; s < batch; ++s)
      for (size_t step = 0; step < steps; ++step) {
        const Node *n = elements[s * steps + steps - 1 - step];
        if (step == 0 && n->count)
          throw std::invalid_argument("the sequences of a batch have several lengths");
        std::memcpy(inputs.data() + (step * batch + s) * width, n->features, width * sizeof(float));
      }
    cell.run(static_cast<int64_t>(steps), static_cast<int64_t>(batch), inputs.data(), out);
  }

private:
  std::vector<float> ih, hh, bih, bhh;
  size_t width;
  SequenceCell cell;
  std::vector<const Node *> elements;
  Buffer inputs; ///< [steps, batch, features]
};

} // namespace

std::unique_ptr<Side> makeSequence(SequenceCell::Kind kind, int hidden, int features, const reference::Params &weights,
                                   int threads) {
  return std::make_unique<Sequence>(kind, hidden, features, weights, threads);
}

} // namespace cortex::bench
