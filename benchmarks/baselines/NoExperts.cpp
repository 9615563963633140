// Where oneDNN is not installed.
#include "Experts.h"

namespace cortex::bench {

std::unique_ptr<Side> makeExpert(const std::string &, const Sizes &, const reference::Params &, int, std::string &why) {
  why = "oneDNN (libdnnl-dev) was not found when this was built";
  return nullptr;
}

} // namespace cortex::bench
