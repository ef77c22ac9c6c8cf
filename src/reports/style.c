/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How reports look: light, dark, narrow, printed. Letters have a contrast of 4.5 to
 * their ground and lines one of 3, as WCAG 2 asks; nothing is said by colour alone. */

#include "style.h"

#define LIGHT                                                                                      \
    "--ink:#1d2126;--soft:#58626b;--line:#d9dee3;--paper:#fbfbfa;--wave:#6f8dab;"                  \
    "--momentary:#c8743f;--short:#9a3412;--good:#15803d;--bad:#b91c1c"
#define DARK                                                                                       \
    "--ink:#e6e8ea;--soft:#9aa4ad;--line:#343b42;--paper:#15181b;--wave:#55789a;"                  \
    "--momentary:#b5703f;--short:#fdba74;--good:#4ade80;--bad:#f87171"

const char report_style[] =
    ":root{color-scheme:light dark;" LIGHT "}"
    "@media(prefers-color-scheme:dark){:root{" DARK "}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:74rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .5rem}"
    "h3{font-size:1.05rem;margin:2.5rem 0 "
    ".2rem}h3.near{margin:1rem 0 "
    ".2rem}h1,h3,th,code{overflow-wrap:anywhere}td{overflow-wrap:break-word}"
    "p{margin:.3rem 0}a{color:inherit;text-underline-offset:.15em}"
    "a:focus-visible{outline:2px solid var(--short);outline-offset:2px}"
    ".soft{color:var(--soft)}.pass{color:var(--good)}.bad,.fail{color:var(--bad)}"
    ".fail{font-weight:600}.warn{color:var(--short);font-weight:600}"
    /* the table */
    "table{border-collapse:collapse;width:100%;margin:1.5rem 0;font-size:.93em;"
    "font-variant-numeric:tabular-nums}"
    "th,td{padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "thead th{color:var(--soft);font-weight:600;white-space:nowrap}tbody th{font-weight:400;"
    "min-width:5rem}"
    ".n{text-align:right;white-space:nowrap}.fixed{white-space:nowrap}"
    "ul{margin:.3rem 0;padding-left:1.2rem}.failures li{margin:.5rem 0}"
    /* the files */
    "code{font:.9em ui-monospace,monospace}audio{display:block;width:100%;max-width:32rem;"
    "margin:.6rem 0}"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;padding:0;list-style:none}"
    ".legend svg{vertical-align:middle;margin-right:.4rem}"
    ".drawing{display:block;width:calc(100% - 3.2rem);margin:.8rem 0 0 3.2rem;overflow:visible;"
    "font:11px system-ui,sans-serif}"
    ".drawing text{fill:var(--soft,#58626b)}.drawing .mark{fill:var(--ink,#1d2126);"
    "paint-order:stroke;stroke:var(--paper,#fff);stroke-width:4px;stroke-linejoin:round}"
    ".grid{stroke:var(--line,#d9dee3)}.wave{fill:var(--wave,#6f8dab)}"
    ".momentary,.short-term{fill:none;stroke-linejoin:round;vector-effect:non-scaling-stroke}"
    ".momentary{stroke:var(--momentary,#c8743f)}"
    ".short-term{stroke:var(--short,#9a3412);stroke-width:2px}"
    ".target{stroke:var(--ink,#1d2126);stroke-dasharray:6 4}"
    ".ceiling{stroke:var(--bad,#b91c1c);stroke-dasharray:2 3}"
    "footer{margin-top:3rem}"
    /* narrow: every row a card, its first cell the heading */
    "@media screen and (max-width:600px){table,tbody,tr,tbody th,td{display:block}"
    "thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    "tr{border:1px solid var(--line);border-radius:.5rem;margin:.8rem 0;padding:.6rem .9rem}"
    "tbody th,td{border:0;padding:.1rem 0}td.n{text-align:left}"
    "tbody th,td:first-child{font-weight:600}td[data-label]{position:relative;padding-left:7.5rem}"
    "td[data-label]::before{content:attr(data-label);position:absolute;left:0;color:var(--soft);"
    "font-weight:400}.odd{display:none}}"
    /* printed: ink on white, no player, no file torn in two */
    "@media print{:root{color-scheme:light;" LIGHT ";--paper:#fff}"
    "body{max-width:none;padding:0;font-size:10pt}audio{display:none}"
    "a{text-decoration:none}th,td{padding:.2rem "
    ".4rem}tr,section,.legend{break-inside:avoid}h2,h3{break-after:avoid}"
    ".drawing,.legend{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

#define LINES_LIGHT "--l0:#1f5fa8;--l1:#c1440e;--l2:#2e7d32;--l3:#7b4fa3;--thin:#8a939b"
#define LINES_DARK "--l0:#6fb1f5;--l1:#ff9a62;--l2:#7ccf80;--l3:#c79bf0;--thin:#7d8891"

const char report_plot_style[] =
    ":root{" LINES_LIGHT "}@media(prefers-color-scheme:dark){:root{" LINES_DARK "}}"
    /* plots: in colours of their own where these are not understood */
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));"
    "gap:1rem 2rem;margin:1rem 0}figure{margin:0;break-inside:avoid}"
    ".wide{grid-column:1/-1;max-width:56rem}figcaption{font-weight:600;color:var(--soft)}"
    ".plot{display:block;width:100%;height:auto;overflow:visible;fill:var(--soft)}"
    ".plot text{font-size:14px}.wide .plot text{font-size:11px}.plot rect{fill:none}.plot "
    ".g{stroke:var(--line)}"
    ".plot .l0{stroke:var(--l0)}.plot .l1{stroke:var(--l1)}.plot .l2{stroke:var(--l2)}"
    ".plot .l3{stroke:var(--l3)}.plot .thin{stroke:var(--thin)}.plot .mode{stroke:var(--l1)}"
    ".plot .under{fill:var(--paper)}.plot circle{stroke:var(--ink)}"
    ".plot .mark{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:4px;"
    "stroke-linejoin:round}"
    ".tables{display:flex;flex-wrap:wrap;gap:0 3rem}.few{min-width:min(100%,20rem);"
    "max-width:100%}.few p{width:0;min-width:100%}"
    /* tables of many columns: moved sideways, their first one stays; a shade says that there is
     * more, until a patch of paper that moves with the end covers it */
    ".scroll{overflow-x:auto;background:linear-gradient(to left,var(--paper) 50%,transparent) "
    "right/"
    "2rem 100% no-repeat local,linear-gradient(to left,var(--line),transparent) right/1rem 100% "
    "no-repeat}.dense{border-collapse:separate;border-spacing:0;width:auto;margin:."
    "4rem 0;font-size:.85em}"
    ".dense th,.dense td{padding:.15rem .55rem;white-space:nowrap;min-width:0}.dense "
    "th:first-child{position:sticky;left:0;"
    "background:var(--paper)}sup{line-height:0}.note{font-size:.85em;max-width:60rem}"
    "h4{margin:1.8rem 0 .2rem;break-after:avoid}"
    ".advice li{margin:.4rem 0;max-width:60rem}"
    "@media screen and (max-width:600px){.plot text,.wide .plot text{font-size:20px}.plot "
    ".odd{display:none}"
    ".dense{display:table}.dense tbody{display:table-row-group}.dense tr{display:table-row}"
    ".dense tr{border:0}.dense tbody th,.dense td{display:table-cell;padding:.15rem .4rem;"
    "border-bottom:1px solid var(--line)}.dense .n{text-align:right}"
    ".dense thead{display:table-header-group;position:static;clip-path:none}}"
    "@media print{:root{" LINES_LIGHT "}.plots{grid-template-columns:1fr 1fr;gap:.5rem 1rem}"
    ".plot text{font-size:18px}.wide{max-width:135mm}.wide .plot text{font-size:14px}"
    ".plot .odd{display:none}.plot{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    ".scroll{overflow:visible;background:none;break-inside:avoid}.dense{font-size:7.5pt}"
    ".dense th,.dense td{padding:.05rem .3rem}.path{break-before:page}"
    "section{break-inside:auto}}";
