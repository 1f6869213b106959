/* SPDX-License-Identifier: MIT */
/* scoring_notes.h: what a reader of the scores should be told, beside them. */
#ifndef AVO_EVAL_SCORING_NOTES_H
#define AVO_EVAL_SCORING_NOTES_H

#include "libcommon/eval/scoring.h"

/* How a program tells: avo_note, avo_warn and avo_detail (log.h), or what a test puts there. */
struct avo_say { void (*note)(const char *fmt, ...), (*warning)(const char *fmt, ...),
                      (*detail)(const char *fmt, ...); };

/* After avo_scoring_open: roles, genes without strand, relations that nothing is there for, room
 * for the rank measures. */
void avo_scoring_say_plan(const struct avo_scoring *s, const struct avo_say *say);
/* After the last step: bins that methods lack, relations without a score. */
void avo_scoring_say_result(const struct avo_scoring *s, const struct avo_say *say);

#endif
