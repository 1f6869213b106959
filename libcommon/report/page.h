/* SPDX-License-Identifier: MIT */
/* page.h: a self-contained HTML page, written piece by piece: frame, style, text, numbers. */
#ifndef AVO_REPORT_PAGE_H
#define AVO_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/error.h"
#include "libcommon/base/io.h"

/* A page on its way to an output. Errors stick: after the first failure nothing more is written
 * and avo_page_end tells, so that the calls between need no checks. All members are private.
 *
 * The page has no script that it needs and no address outside itself. It follows the reader's light
 * or dark scheme; on paper it is light. Colours are classes, for HTML and SVG alike:
 *   s0 .. s7   series (a method each): distinct under the usual colour blindnesses
 *   g0 .. g2   series that are baselines: greys, told apart by dashes and marks
 *   ob         what was observed
 *   h0 .. h8   levels of a heat map, few to many */
struct avo_page {
    struct avo_out *out;
    struct avo_error *err;
    bool failed;
};

#define AVO_PAGE_SERIES 8
#define AVO_PAGE_GREYS 3
#define AVO_PAGE_HEATS 9

/* Writes everything up to the body. out and err are borrowed until avo_page_end. */
void avo_page_begin(struct avo_page *p, const char *title, struct avo_out *out,
                    struct avo_error *err);
/* Closes the body; out is the caller's to finish. Returns 0, or -1 with err set if anything failed
 * since avo_page_begin. */
int avo_page_end(struct avo_page *p);

/* Markup as it stands. Text from elsewhere must never come this way. */
void avo_page_put(struct avo_page *p, const char *markup);
void avo_page_printf(struct avo_page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text from anywhere, for elements and quoted attributes: markup is escaped, control characters
 * and what is not UTF-8 become replacement characters. */
void avo_page_text(struct avo_page *p, const char *text);
/* The same for a part of it, [n]. */
void avo_page_text_n(struct avo_page *p, const char *text, size_t n);

/* A section with its heading; id is an address inside the page. */
void avo_page_section(struct avo_page *p, const char *id, const char *title);
void avo_page_section_end(struct avo_page *p);
/* A paragraph, caption or table caption: printf of markup inside the element. */
void avo_page_paragraph(struct avo_page *p, const char *class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- numbers ---- */

/* Decimals that show numbers up to max in size with about four digits: 0 .. 4. */
int avo_page_decimals(double max);
/* v with so many decimals and a true minus sign; a dash where it is not finite. */
void avo_page_number(struct avo_page *p, double v, int decimals);
/* With three significant digits: 0.0123, 1.2 x 10^-5, 1,230. */
void avo_page_general(struct avo_page *p, double v);
/* With thousands separators. */
void avo_page_count(struct avo_page *p, unsigned long long n);

#endif
