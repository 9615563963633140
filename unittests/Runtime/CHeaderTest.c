/* cortex.h is C: this file only has to compile as such, and to be called once. */
#include "cortex/cortex.h"

int cortexFromC(void) {
  cortex_batch batch = {0};
  cortex_session_options options = {.struct_size = sizeof options, .exact_workers = 1};
  uint64_t roots = 7;
  batch.struct_size = sizeof batch;
  return cortex_batch_num_roots(&batch, &roots) == CORTEX_OK && roots == 0 && options.max_workers == 0 &&
         cortex_batch_num_roots(0, &roots) == CORTEX_INVALID_ARGUMENT && cortex_last_error()[0] == 'b';
}
