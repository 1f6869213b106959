/* SPDX-License-Identifier: MIT */
/* page_style.h: the style sheet of pages, private to page.c. */
#ifndef AVO_REPORT_PAGE_STYLE_H
#define AVO_REPORT_PAGE_STYLE_H

/* Lines; the last is NULL. */
extern const char *const avo_page_style[];

#endif
