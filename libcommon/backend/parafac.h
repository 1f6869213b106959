/* SPDX-License-Identifier: MIT */
/* parafac.h: models without a network (model/parafac.h) on the CPU, in the place of networks. */
#ifndef AVO_BACKEND_PARAFAC_H
#define AVO_BACKEND_PARAFAC_H

#include "libcommon/backend/cpu_step.h"

/* Those of backend cpu, and in plain loops of cpu-ref; neither attributes. */
extern const struct avo_net_ops avo_parafac_cpu, avo_parafac_ref;

#endif
