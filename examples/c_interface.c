/*===- c_interface.c - A compiled model from C ------------------------------===*
 *
 *   cortex compile TreeFC --weights samples/treefc/weights.safetensors -o treefc.cortex
 *   c_interface treefc.cortex
 *
 * The structures are given as arrays. Every call that can fail returns a status.
 *===------------------------------------------------------------------------===*/
#include "cortex/cortex.h"

#include <stdio.h>

/* Two trees: (1 (2 3)) with the nodes 0 to 4, (1 3) with the nodes 5 to 7. */
static const int32_t kNodeOffsets[] = {0, 5, 8};
static const int32_t kChildOffsets[] = {0, 0, 0, 0, 2, 4, 4, 4, 6};
static const int32_t kChildren[] = {1, 2, 0, 3, 5, 6};
static const int32_t kWords[] = {1, 2, 3, 0, 0, 1, 3, 0}; /* read at leaves only */

static int run(const char *path) {
  cortex_program *program = NULL;
  cortex_model *model = NULL;
  cortex_session *session = NULL;
  const void *inputs[] = {kWords};
  float logits[2][2];
  void *outputs[] = {logits};
  cortex_output_info output;
  int tree, failed = 1;

  cortex_batch batch = {0};
  batch.struct_size = sizeof batch;
  batch.num_structures = 2;
  batch.node_offsets = kNodeOffsets;
  batch.child_offsets = kChildOffsets;
  batch.children = kChildren;
  batch.inputs = inputs;

  if (cortex_program_load(path, NULL, &program) == CORTEX_OK &&
      cortex_program_get_output(program, 0, &output) == CORTEX_OK && output.elements == 2 &&
      cortex_model_create(program, NULL, 0, NULL, &model) == CORTEX_OK &&
      cortex_session_create(model, NULL, &session) == CORTEX_OK &&
      cortex_session_run(session, &batch, outputs) == CORTEX_OK) {
    for (tree = 0; tree < 2; ++tree)
      printf("tree %d: %.4f %.4f\n", tree, (double)logits[tree][0], (double)logits[tree][1]);
    failed = 0;
  } else {
    fprintf(stderr, "error: %s\n", cortex_last_error());
  }
  cortex_session_release(session);
  cortex_model_release(model);
  cortex_program_release(program);
  return failed ? 2 : 0;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: c_interface MODEL.cortex\n");
    return 2;
  }
  return run(argv[1]);
}
