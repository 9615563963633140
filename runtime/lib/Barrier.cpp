//===- Barrier.cpp - The barrier between the workers of one run -----------===//
#include "Barrier.h"

using namespace cortex::rt;

/// Epochs are compared by their difference; they start again long before it could be misread.
static constexpr uint32_t kLastEpoch = 1u << 29;

Barrier::Barrier(uint32_t maxWorkers, int64_t spinNs) : maxWorkers(maxWorkers), spinNs(spinNs) {
  while ((1u << rounds) < maxWorkers)
    ++rounds;
  flags = std::make_unique<Flag[]>(static_cast<size_t>(maxWorkers) * rounds);
  epochs = std::make_unique<Epoch[]>(maxWorkers);
}

void Barrier::begin(uint32_t count) {
  if (epochs[0].value > kLastEpoch) {
    for (size_t i = 0; i < static_cast<size_t>(maxWorkers) * rounds; ++i)
      flags[i].word.store(0, std::memory_order_relaxed);
    epochs[0].value = 0;
  }
  workers = count;
  firstEpoch = epochs[0].value;
  lostNs = 0;
  for (uint32_t w = 1; w < count; ++w)
    epochs[w].value = firstEpoch;
}

void Barrier::wait(void *context, uint32_t worker) {
  auto &self = *static_cast<Barrier *>(context);
  const uint32_t count = self.workers, epoch = ++self.epochs[worker].value;
  uint32_t round = 0;
  for (uint32_t distance = 1; distance < count; distance <<= 1, ++round) {
    uint32_t to = worker + distance;
    self.signal(to < count ? to : to - count, round, epoch);
    self.await(worker, round, epoch);
  }
}

void Barrier::signal(uint32_t to, uint32_t round, uint32_t epoch) {
  std::atomic<uint32_t> &word = flags[static_cast<size_t>(to) * rounds + round].word;
  if (word.exchange(epoch << 1, std::memory_order_acq_rel) & 1)
    futexWake(word);
}

void Barrier::await(uint32_t worker, uint32_t round, uint32_t epoch) {
  std::atomic<uint32_t> &word = flags[static_cast<size_t>(worker) * rounds + round].word;
  auto arrived = [&] { return (word.load(std::memory_order_acquire) >> 1) >= epoch; };
  if (spinUntil(spinNs, arrived))
    return;
  const int64_t began = worker == 0 ? nowNs() : 0;
  for (uint32_t seen = word.load(std::memory_order_acquire); (seen >> 1) < epoch;
       seen = word.load(std::memory_order_acquire)) {
    if (!(seen & 1) && !word.compare_exchange_strong(seen, seen | 1, std::memory_order_acquire))
      continue;
    futexWait(word, seen | 1);
  }
  if (worker == 0)
    lostNs += spinNs + nowNs() - began;
}
