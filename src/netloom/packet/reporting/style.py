"""The page's style: light and dark, narrow and wide, screen and paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark;
  --page: #f4f6f9; --card: #fff; --ink: #16202e; --soft: #566276; --line: #dde3eb; --groove: #e9edf3;
  --c0: #1d63c4; --c1: #d97a0b; --c2: #0b8a72; --bad: #b4232c; --warning: #8f5a00; --note: #1d63c4;
  --badly: #fdecec; --warily: #fdf3e0; --notably: #e8f0fc; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0e131b; --card: #171e29; --ink: #e6ebf3; --soft: #9fadc1; --line: #2a3444; --groove: #232d3b;
  --c0: #5b9bf3; --c1: #f0a344; --c2: #37bf9f; --bad: #ff8a8a; --warning: #f3bd5d; --note: #8dbbff;
  --badly: #33191d; --warily: #30260f; --notably: #152641; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: anywhere; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 36px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 4px; letter-spacing: -.005em; }
p { margin: 0 0 10px; } .soft { color: var(--soft); } .small { font-size: 13px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px;
  margin: 0 0 18px;
  min-width: 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 18px; margin: 0 0 18px; }
.pair section { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 20px 0 18px;
  padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 0; font-size: 21px; font-weight: 650; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.tables caption { position: static; width: auto; height: auto; clip-path: none; text-align: left; color: var(--soft);
  font-size: 13px; padding-bottom: 4px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; }
tbody th { font-weight: 500; }
th.n, td.n { text-align: right; white-space: nowrap; padding-right: 12px; }
  th:last-child, td:last-child { padding-right: 0; }
.tables table + table { margin-top: 16px; }
.bars td:last-child { width: 34%; min-width: 90px; }
.name { color: var(--soft); font-weight: 400; }
code { font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--groove); border-radius: 5px; padding: 2px 6px; overflow-wrap: anywhere;
  box-decoration-break: clone;
  -webkit-box-decoration-break: clone; }
.findings { list-style: none; margin: 12px 0 0; padding: 0; display: grid; gap: 10px; }
.findings li { border-left: 4px solid var(--note); background: var(--notably); border-radius: 4px 10px 10px 4px;
  padding: 10px 14px; overflow-wrap: anywhere; }
.findings .bad { border-color: var(--bad); background: var(--badly); }
.findings .warning { border-color: var(--warning); background: var(--warily); }
.findings strong { font-size: 12px; text-transform: uppercase; letter-spacing: .06em; margin-right: 8px;
  color: var(--note); }
.findings .bad strong { color: var(--bad); } .findings .warning strong { color: var(--warning); }
.findings p { margin: 0; } .findings .how { margin-top: 4px; }
.findings .how code { background: none; padding: 0; color: var(--soft); }
svg { display: block; } .c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); }
.groove { fill: var(--groove); }
.bar { width: 100%; height: 10px; border-radius: 5px; }
.plot { display: grid; grid-template-columns: 76px 1fr; margin: 14px 0 6px; }
.plot .y { position: relative; font-size: 12px; color: var(--soft); }
.plot .y span { position: absolute; right: 10px; transform: translateY(-50%); white-space: nowrap; }
.area { width: 100%; height: 130px; overflow: visible; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.fill { fill-opacity: .22; } .line { fill: none; stroke-width: 1.6; stroke: var(--c0);
  vector-effect: non-scaling-stroke; }
.c1.line { stroke: var(--c1); } .c2.line { stroke: var(--c2); }
.plot .x { grid-column: 2; display: flex; justify-content: space-between; font-size: 12px; color: var(--soft);
  padding-top: 5px; }
.histogram { margin: 26px 0 14px; } .heads { position: relative; border-bottom: 1px solid var(--line); }
.heads svg { width: 100%; height: 130px; }
.heads span { position: absolute; transform: translate(-50%, -1px); font-size: 12px; font-weight: 600;
  white-space: nowrap; }
.names { display: grid; grid-template-columns: repeat(var(--classes), 1fr); font-size: 11px; color: var(--soft);
  text-align: center; padding-top: 4px; line-height: 1.2; }
.names span { overflow-wrap: anywhere; padding: 0 1px; }
.beside { display: grid; grid-template-columns: minmax(240px, 360px) 1fr; gap: 26px; align-items: start;
  margin-top: 10px; }
.matrix { width: 100%; max-width: 360px; } .matrix text { fill: var(--soft); font-size: 13px; text-anchor: middle; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin: 0 5px 0 0; }
.key.k0 { background: var(--c0); } .key.k1 { background: var(--c1); margin-left: 14px; }
.indent { display: inline-block; }
footer { color: var(--soft); font-size: 13px; padding-bottom: 40px; }
a { color: var(--c0); }
nav { margin: 14px 0 0; display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 14px; }
@media screen and (max-width: 760px) {
  main, header, footer { padding-left: 12px; padding-right: 12px; } header { padding-top: 22px; }
  th.n, td.n { padding-right: 8px; } h1 { font-size: 23px; } section { padding: 16px 14px; border-radius: 10px; }
  .pair, .beside { grid-template-columns: minmax(0, 1fr); }
  .figures { grid-template-columns: 1fr 1fr; } .figures dd { font-size: 18px; }
  .plot { grid-template-columns: 62px 1fr; } .plot .x span:nth-child(even) { display: none; }
  .fold thead { display: none; }
  .fold tr { display: flex; flex-wrap: wrap; gap: 0 14px;
    padding: 8px 0; border-bottom: 1px solid var(--line); }
  .fold tr:last-child { border-bottom: 0; }
  .fold th, .fold td { border: 0; padding: 0; text-align: left !important; }
  .fold tbody th { flex: 1 0 100%; min-width: 0; }
  .fold td[data-h]::before { content: attr(data-h) " "; color: var(--soft); font-size: 12px; }
  .fold.bars td:last-child { flex: 1 0 100%; width: auto; padding-top: 4px; }
  .fold.bars td:last-child::before { content: none; }
}
@media screen and (max-width: 345px) {
  main, header, footer { padding-left: 8px; padding-right: 8px; } section { padding: 14px 10px; }
  table { font-size: 12.5px; } th, td { padding-right: 5px; } th.n, td.n { padding-right: 5px; }
}
@page { size: A4; margin: 14mm 13mm; }
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #16202e; --soft: #4b5666; --line: #d5dbe4;
  --groove: #e9edf3;
    --c0: #1d63c4; --c1: #d97a0b; --c2: #0b8a72; --bad: #b4232c; --warning: #8f5a00; --note: #1d63c4;
    --badly: #fdecec; --warily: #fdf3e0; --notably: #e8f0fc; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  footer { font-size: 10px; padding-top: 8px; } body { font-size: 11px; } main, header, footer { max-width: none;
  padding: 0; } header { padding: 0; }
  nav { display: none; } h1 { font-size: 22px; } h2 { font-size: 14px; break-after: avoid; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 12px 0; margin: 0; }
  .pair { margin: 0; gap: 28px; } .findings { display: block; } .findings li { margin: 0 0 7px; padding: 6px 10px; }
  .small, thead th, .plot .x, .plot .y, .tables caption { font-size: 10px; }
  .findings strong, .heads span { font-size: 9.5px; }
  .names { font-size: 9px; } .findings li, tr, .plot, .histogram, .beside, .pair { break-inside: avoid; }
  section.whole { break-inside: avoid; }
  table { font-size: 10.5px; } th, td { padding-top: 3px; padding-bottom: 3px; } .figures div { padding: 7px 10px; }
  .figures dd { font-size: 14px; white-space: nowrap; } .figures { grid-template-columns: repeat(6, 1fr); gap: 8px;
  margin: 12px 0; }
  .area { height: 90px; } .heads svg { height: 90px; } .matrix { max-width: 280px; } code { font-size: 10px; }
}
"""
