/* SPDX-License-Identifier: MIT */
/* page_style.c: the style sheet of pages: colours of both schemes, type, tables, charts, paper. */
#include "libcommon/report/page_style.h"

#include <stddef.h>

/* Series: the eight colours of Okabe and Ito (2008) less black and yellow, with two more that stay
 * apart from them; lighter on dark ground. Heat: one ramp from pale to dark, turned round on dark
 * ground, so that few is always near the ground. */
const char *const avo_page_style[] = {
    ":root{color-scheme:light dark;--bg:#fff;--ink:#1a1e23;--soft:#59626d;--faint:#8a939e;"
    "--line:#dfe3e8;--rule:#b9c0c8;--panel:#f5f7f9;--mark:#fff3d6;--bad:#a8320a;",
    "--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#cc79a7;--s4:#e69f00;--s5:#56b4e9;--s6:#7f3c8d;"
    "--s7:#8c5a2b;--g0:#3f464d;--g1:#7d868f;--g2:#a9b1b9;--ob:#1a1e23;",
    "--h0:#def5e5;--h1:#a8e1bc;--h2:#60ceac;--h3:#3db4ad;--h4:#3497a9;--h5:#357ba2;--h6:#3c5a97;"
    "--h7:#413d7b;--h8:#221429}",
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#14171b;--ink:#e4e8ec;--soft:#a4adb8;"
    "--faint:#7c8691;--line:#2b3138;--rule:#4a525c;--panel:#1b2026;--mark:#3d3115;--bad:#ff9468;",
    "--s0:#4ba9e8;--s1:#ff8a3d;--s2:#2fc79a;--s3:#e59cc3;--s4:#f5b942;--s5:#9bd4f7;--s6:#b884c6;"
    "--s7:#c79a6b;--g0:#c3cad1;--g1:#929ba5;--g2:#69727c;--ob:#e4e8ec;",
    "--h0:#3d2f5a;--h1:#45407c;--h2:#424f94;--h3:#3a6599;--h4:#357ba2;--h5:#3497a9;--h6:#45bdad;"
    "--h7:#8ad9b4;--h8:#def5e5}}",
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}",
    "body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"
    "\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif}",
    "main{max-width:1180px;margin:0 auto;padding:40px 24px 64px}",
    "h1{font-size:27px;line-height:1.2;margin:0 0 6px;font-weight:650;letter-spacing:-.01em}",
    "h2{font-size:19px;line-height:1.3;margin:0 0 8px;font-weight:650}",
    "h3{font-size:15px;line-height:1.3;margin:24px 0 6px;font-weight:650}",
    "section{margin-top:44px;padding-top:16px;border-top:1px solid var(--rule)}",
    "p{margin:0 0 12px;max-width:76ch}p.lead{color:var(--soft);font-size:16px}",
    "p.how,figcaption,.note{color:var(--soft);font-size:13.5px;line-height:1.45}",
    "p.how{max-width:92ch}figcaption{max-width:92ch;margin-top:6px}",
    "a{color:inherit;text-decoration-color:var(--faint);text-underline-offset:2px}",
    "code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,\"Liberation Mono\",monospace;"
    "overflow-wrap:anywhere}",
    "nav{font-size:14px;margin:18px 0 0}nav a{display:inline-block;margin:0 18px 4px 0}",
    "figure{margin:14px 0 0}ul.notes{margin:14px 0 0;padding:10px 16px 10px 32px;"
    "background:var(--mark);border-radius:4px;font-size:14px}",
    ".counts{display:flex;flex-wrap:wrap;gap:8px 40px;margin:24px 0 18px}",
    ".counts div{min-width:84px}.counts b{display:block;font-size:24px;line-height:1.15;"
    "font-weight:600;font-variant-numeric:tabular-nums}.counts span{color:var(--soft);"
    "font-size:13px}",
    "dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:0;"
    "font-size:14px}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}",
    ".flow{display:flex;flex-wrap:wrap;gap:16px 20px;align-items:flex-start}",
    ".flow>*{min-width:0}.scroll{overflow-x:auto;max-width:100%}",
    "table{border-collapse:collapse;font-size:13.5px;line-height:1.35;"
    "font-variant-numeric:tabular-nums;margin:8px 0 4px}",
    "th,td{padding:3px 10px;text-align:right;font-weight:400;white-space:nowrap}",
    "th[scope=row],td.l,th.l{text-align:left}tr>*:first-child{padding-left:2px}",
    "td.w,th.w{white-space:normal;text-align:left}",
    "thead th{color:var(--soft);font-size:12.5px;vertical-align:bottom;"
    "border-bottom:1px solid var(--rule)}thead td{border-bottom:1px solid var(--rule)}",
    "thead{border-top:1.5px solid var(--ink)}tbody:last-of-type{border-bottom:1.5px solid "
    "var(--ink)}",
    "tr.group th{font-weight:650;text-align:left;padding-top:11px}tr.group th.k{font-weight:400;"
    "color:var(--soft)}",
    "tr.avg>*{border-top:1px solid var(--line);color:var(--ink)}tr.avg th{font-style:italic}",
    "tr.seen>*{color:var(--faint)}td b{font-weight:700;color:var(--ink)}",
    "tbody tr:not(.group):hover>*{background:var(--panel)}",
    "tbody th[scope=row]{white-space:normal;min-width:110px;max-width:260px;"
    "overflow-wrap:break-word}table.d thead th{max-width:92px;overflow-wrap:anywhere}"
    "table.d td,table.d th{padding-left:6px;padding-right:6px}table.grid tbody th{min-width:0}"
    "thead th{white-space:normal;overflow-wrap:break-word;max-width:150px}"
    "table.m td:not(.strip){min-width:86px}table.pair td,table.pair th{padding-left:7px;"
    "padding-right:7px}",
    "td.strip,th.strip{padding:0 0 0 18px;line-height:0}td small{color:var(--soft);"
    "font-size:11.5px;display:block}td.bad,span.bad{color:var(--bad);font-weight:650}",
    "sup{font-size:.75em;line-height:0}caption{text-align:left;color:var(--soft);font-size:13.5px;"
    "padding-bottom:4px}",
    "details{border-top:1px solid var(--line);padding:7px 0}details:last-of-type{"
    "border-bottom:1px solid var(--line)}summary{cursor:pointer;font-size:14.5px}summary b{"
    "font-weight:650;margin-right:8px}summary span{color:var(--soft)}",
    ".legend{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13.5px;margin:8px 0;"
    "align-items:center}.legend span{display:inline-flex;align-items:center;gap:7px}",
    "table.grid{line-height:1;width:auto}table.grid td{padding:0;text-align:center;"
    "border:1px solid var(--bg);background:var(--panel);font-size:10.5px;font-weight:600;"
    "color:var(--bg)}table.grid td.x{background:none;border:0}table.grid td.m{background:var(--g2)}"
    "table.grid td.sc{background:var(--s0)}",
    "table.grid th{padding:1px 7px 1px 0;font-size:12px;text-align:left;color:var(--ink)}"
    "table.grid thead,table.grid tbody:last-of-type{border:0}table.grid thead th{border:0;"
    "padding:0 0 5px;vertical-align:bottom}table.grid thead th span{writing-mode:vertical-rl;"
    "transform:rotate(180deg);display:inline-block}",
    ".key i{display:inline-block;width:16px;height:16px;font:600 10.5px/16px system-ui,sans-serif;"
    "text-align:center;color:var(--bg);background:var(--panel)}.key i.m{background:var(--g2)}"
    ".key i.sc{background:var(--s0)}",
    "svg{display:block;overflow:visible;max-width:100%;height:auto}svg text{fill:var(--soft);"
    "font-size:11px;font-weight:400;font-family:inherit}svg text.t{fill:var(--ink);"
    "font-size:12.5px;"
    "font-weight:600}svg text.n{fill:var(--ink);font-size:12px}svg text.s{font-size:10.5px}",
    "svg .ax{stroke:var(--rule);fill:none}svg .gr{stroke:var(--line);fill:none}"
    "svg .dg{stroke:var(--faint);fill:none;stroke-dasharray:3 3}svg .bx{stroke:var(--rule);"
    "fill:var(--panel)}",
    ".s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}"
    ".s5{--c:var(--s5)}.s6{--c:var(--s6)}.s7{--c:var(--s7)}.g0{--c:var(--g0)}.g1{--c:var(--g1)}"
    ".g2{--c:var(--g2)}.ob{--c:var(--ob)}",
    ".ln{fill:none;stroke:var(--c);stroke-width:1.7;stroke-linejoin:round}.ln.g1{"
    "stroke-dasharray:5 3}.ln.g2{stroke-dasharray:1.5 3}.ln.ob{stroke-dasharray:7 2 1.5 2}",
    ".mk{fill:var(--c);stroke:var(--bg);stroke-width:.8}.mk.g0,.mk.g1,.mk.g2{fill:var(--bg);"
    "stroke:var(--c);stroke-width:1.5}.wh{stroke:var(--c);stroke-width:1.3;fill:none}"
    ".br{fill:var(--c)}.ar{fill:var(--c)}.ar.shade{opacity:.3}",
    "svg .ht{shape-rendering:crispEdges}.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}"
    ".h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}.h6{fill:var(--h6)}"
    ".h7{fill:var(--h7)}.h8{fill:var(--h8)}",
    "@media print{main{max-width:none;padding:0}body{font-size:11pt}section,figure,tr{"
    "break-inside:avoid}section{break-inside:auto}nav{display:none}*{"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}}",
    NULL
};
