/* SPDX-License-Identifier: MIT */
/* knobs.c: host.h's variables where a real card is linked: nothing can be turned or counted. */
#include "tests/backend/cuda_host/host.h"

struct avo_host_knobs avo_host = {.real = 1};
struct avo_host_counts avo_host_count;
