/* SPDX-License-Identifier: MIT */
/* page.c: the frame of a page, its escaped text and its numbers. */
#include "libcommon/report/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/utf8.h"
#include "libcommon/report/page_style.h"

#define MINUS "\xE2\x88\x92"
#define DASH "\xE2\x80\x93"
#define REPLACEMENT "\xEF\xBF\xBD"
#define THIN_SPACE "\xE2\x80\xAF"

/* ---- bytes ---- */

static void put_bytes(struct avo_page *p, const char *s, size_t n)
{
    if (!p->failed && avo_out_write(p->out, s, n, p->err) < 0)
        p->failed = true;
}

void avo_page_put(struct avo_page *p, const char *markup)
{
    put_bytes(p, markup, strlen(markup));
}

__attribute__((format(printf, 2, 0)))
static void put_list(struct avo_page *p, const char *fmt, va_list ap)
{
    char small[512], *big;
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        put_bytes(p, small, (size_t)n);
    } else if (n >= 0 && (big = malloc((size_t)n + 1))) {
        vsnprintf(big, (size_t)n + 1, fmt, again);
        put_bytes(p, big, (size_t)n);
        free(big);
    } else {
        avo_error_set(p->err, "out of memory (a page)");
        p->failed = true;
    }
    va_end(again);
}

void avo_page_printf(struct avo_page *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_list(p, fmt, ap);
    va_end(ap);
}

/* ---- text ---- */

static const char *entity(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\t': case '\n': return " ";
    default: return c < 32 || c == 127 ? REPLACEMENT : NULL;
    }
}

void avo_page_text_n(struct avo_page *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = avo_utf8_length(text + i, n - i);
        const char *instead = len == 0 ? REPLACEMENT
                            : len == 1 ? entity((unsigned char)text[i]) : NULL;

        if (instead)
            avo_page_put(p, instead);
        else
            put_bytes(p, text + i, len);
        i += len > 0 ? len : 1;
    }
}

void avo_page_text(struct avo_page *p, const char *text)
{
    avo_page_text_n(p, text, strlen(text));
}

/* ---- frame ---- */

void avo_page_begin(struct avo_page *p, const char *title, struct avo_out *out,
                    struct avo_error *err)
{
    p->out = out;
    p->err = err;
    p->failed = false;
    avo_page_put(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<title>");
    avo_page_text(p, title);
    avo_page_put(p, "</title>\n<style>\n");
    for (size_t i = 0; avo_page_style[i]; i++) {
        avo_page_put(p, avo_page_style[i]);
        avo_page_put(p, "\n");
    }
    avo_page_put(p, "</style>\n</head>\n<body>\n<main>\n");
}

/* Folded parts open for paper; without scripts they print as they stand. */
int avo_page_end(struct avo_page *p)
{
    avo_page_put(p, "</main>\n<script>addEventListener('beforeprint',function(){document"
                 ".querySelectorAll('details').forEach(function(d){d.open=true})})</script>\n"
                 "</body>\n</html>\n");
    return p->failed ? -1 : 0;
}

void avo_page_section(struct avo_page *p, const char *id, const char *title)
{
    avo_page_printf(p, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", id, id,
                    id);
    avo_page_text(p, title);
    avo_page_put(p, "</h2>\n");
}

void avo_page_section_end(struct avo_page *p)
{
    avo_page_put(p, "</section>\n");
}

void avo_page_paragraph(struct avo_page *p, const char *class, const char *fmt, ...)
{
    va_list ap;

    avo_page_printf(p, "<p class=\"%s\">", class);
    va_start(ap, fmt);
    put_list(p, fmt, ap);
    va_end(ap);
    avo_page_put(p, "</p>\n");
}

/* ---- numbers ---- */

int avo_page_decimals(double max)
{
    int decimals = 4;

    for (double limit = 1; decimals > 0 && max >= limit; limit *= 10)
        decimals--;
    return decimals;
}

/* Digits of a number with the sign in front; no sign where all digits are zeros. */
static void put_signed(struct avo_page *p, const char *digits)
{
    if (digits[0] == '-' && strspn(digits + 1, "0.") < strlen(digits + 1))
        avo_page_put(p, MINUS);
    avo_page_put(p, digits + (digits[0] == '-'));
}

void avo_page_number(struct avo_page *p, double v, int decimals)
{
    char digits[64];

    if (!isfinite(v)) {
        avo_page_put(p, DASH);
        return;
    }
    if (fabs(v) >= 1e15)
        snprintf(digits, sizeof digits, "%.3g", v);
    else
        snprintf(digits, sizeof digits, "%.*f", decimals, v);
    put_signed(p, digits);
}

void avo_page_general(struct avo_page *p, double v)
{
    char digits[64];
    double size = fabs(v);
    int power;

    if (!isfinite(v)) {
        avo_page_put(p, DASH);
    } else if (size == 0 || (size >= 9.995e-4 && size < 999.5)) {
        power = size == 0 ? 0 : (int)floor(log10(size * (1 + 5e-4)));
        snprintf(digits, sizeof digits, "%.*f", power < 2 ? 2 - power : 0, v);
        put_signed(p, size == 0 ? "0" : digits);
    } else if (size >= 999.5 && size < 1e15) {
        if (v < 0)
            avo_page_put(p, MINUS);
        avo_page_count(p, (unsigned long long)llround(size));
    } else {
        snprintf(digits, sizeof digits, "%.1e", v);
        power = atoi(strchr(digits, 'e') + 1);
        *strchr(digits, 'e') = '\0';
        put_signed(p, digits);
        avo_page_printf(p, "\xC3\x97" "10<sup>%s%d</sup>", power < 0 ? MINUS : "", abs(power));
    }
}

void avo_page_count(struct avo_page *p, unsigned long long n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%llu", n);

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            avo_page_put(p, THIN_SPACE);
        put_bytes(p, digits + i, 1);
    }
}
