/*===- Programs.h - The table of programs that are linked in --------------===*/
#ifndef CORTEX_INTEGRATION_TEST_SANITIZERS_PROGRAMS_H
#define CORTEX_INTEGRATION_TEST_SANITIZERS_PROGRAMS_H

#include "cortex/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sanitized_program {
  const char *name;
  const char *data;  /* the data file's name, without .safetensors */
  const char *fault; /* "", or of a mutant: what was done to it */
  const cortex_program_entry *entry;
} sanitized_program;

/* Written by cortex-emit-sanitized. */
extern const sanitized_program sanitized_programs[];
extern const unsigned num_sanitized_programs;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif
