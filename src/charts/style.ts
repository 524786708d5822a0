/** The style sheet of a report: for screens in light and dark, small and large, and for paper. */
import { colourProperties, lookRules } from './palette.ts';

const SANS =
  "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans','Noto Sans',sans-serif";
const MONO = "ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace";

const PAGE = `
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0 auto;max-width:968px;padding:40px 24px 56px;background:var(--page);color:var(--ink);
font:15px/1.55 ${SANS};overflow-wrap:anywhere;text-align:left}
h1,h2,h3,p,dl,dd,figure,ul{margin:0}
h1,h2,h3,li,p,td,th,dt,dd,summary{unicode-bidi:plaintext}
h1{font-size:34px;line-height:1.15;letter-spacing:-.02em;text-wrap:balance}
h2{font-size:22px;line-height:1.25;letter-spacing:-.01em;margin:52px 0 4px}
h3{font-size:16px;line-height:1.35}
a{color:inherit;text-decoration-color:var(--axis);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--s0);outline-offset:2px;border-radius:3px}
.mark{font-size:13px;font-weight:650;color:var(--s0);margin-bottom:10px}
.subtitle{font-size:17px;color:var(--muted);margin-top:10px;max-width:46em}
.made{font-size:13px;color:var(--muted);margin-top:4px}
nav{display:flex;flex-wrap:wrap;gap:6px 18px;margin-top:20px;padding-top:14px;font-size:14px;
border-top:1px solid var(--rule)}
.lead{color:var(--muted);max-width:46em}
.parts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px;margin-top:18px}
.parts>*{grid-column:1/-1}
.parts>.half{grid-column:auto}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:20px 20px 16px;
min-width:0}
.card>.lead{font-size:14px;margin-top:2px}
figcaption,.conditions,.note{font-size:12.5px;line-height:1.5;color:var(--muted)}
figcaption,.conditions{margin-top:12px}
figcaption b{font-weight:600;color:var(--ink)}
details{margin-top:8px;font-size:13px}
summary{cursor:pointer;color:var(--muted);width:fit-content}
summary:hover{color:var(--ink)}
.table{overflow-x:auto;margin-top:10px}
details .table{max-height:420px;overflow-y:auto}
table{border-collapse:collapse;min-width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
details table{font-size:12.5px}
th,td{padding:6px 14px 6px 0;text-align:left;vertical-align:baseline;
border-bottom:1px solid var(--rule);max-width:24em;min-width:5em}
th:last-child,td:last-child{padding-inline-end:0}
thead th{font-weight:500;color:var(--muted);vertical-align:bottom;font-size:12.5px}
th,td{overflow-wrap:break-word}
td.long{min-width:14em}
tbody th{font-weight:400}
tbody th:not(.end){overflow-wrap:anywhere;min-width:9em}
tbody tr:last-child>*{border-bottom:0}
th.end,td.end{text-align:right}
td.end{white-space:nowrap}
tr.own>*{font-weight:650}
.note{margin-top:6px}
.keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:18px 24px}
.keys dt{font-size:13px;color:var(--muted);line-height:1.4}
.keys dd{font-size:30px;line-height:1.25;font-weight:600;letter-spacing:-.02em}
.keys dd.remark{font-size:12.5px;font-weight:400;letter-spacing:0;line-height:1.45}
.keys dd.remark{color:var(--muted)}
.keys dd.good{color:var(--good)}
.keys dd.bad{color:var(--bad)}
.verdict{border-left:5px solid var(--tone);padding-left:18px}
.verdict.yes{--tone:var(--good)}
.verdict.no{--tone:var(--bad)}
.verdict.mixed{--tone:var(--mixed)}
.answer{font-weight:700;color:var(--tone)}
.headline{font-size:21px;line-height:1.35;font-weight:600;letter-spacing:-.01em;text-wrap:balance}
.verdict ul{margin-top:10px;padding-left:1.2em}
.verdict li{margin-top:3px}
.code .label{font-size:13px;color:var(--muted)}
pre{margin:6px 0 0;padding:12px 14px;background:var(--inset);border-radius:8px;overflow-x:auto;
font:13px/1.6 ${MONO};white-space:pre-wrap;overflow-wrap:anywhere}
pre code{display:block;font:inherit}
pre span{display:inline-block;max-width:100%}
footer{margin-top:56px;padding-top:20px;border-top:1px solid var(--rule)}
.data{font-size:13px;color:var(--muted);margin-top:14px}
button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--axis);
border-radius:6px;padding:3px 10px;cursor:pointer;margin-left:6px}
button:hover{border-color:var(--ink)}
`;

const DRAWINGS = `
svg{display:block;width:100%;height:auto;margin-top:14px;overflow:visible;font-family:${SANS}}
svg.narrow{display:none}
svg text{fill:var(--muted);font-variant-numeric:tabular-nums;white-space:pre}
svg .name,svg .title{fill:var(--ink)}
svg .own{fill:var(--ink);font-weight:600}
.grid{stroke:var(--grid)}
.axis{stroke:var(--axis)}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.strong .line{stroke-width:3}
.dot{fill:var(--c);stroke:var(--card);stroke-width:1.2}
.dots .dot{fill-opacity:.72;stroke-width:.6}
.leader{stroke:var(--c);stroke-width:1;stroke-opacity:.55}
.bar{fill:var(--c)}
.thread{stroke:var(--c);stroke-width:1.5;stroke-opacity:.5}
.guide{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
.on{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
svg text.on{fill:var(--ink)}
.fault{--c:var(--fault)}
svg .fault>text{fill:var(--fault)}
.cut{stroke:var(--fault);stroke-width:1.2}
.band{fill:var(--fault);fill-opacity:.1}
.badge circle{fill:var(--fault)}
svg .badge text{fill:var(--card);font-size:10.5px;font-weight:650}
.span{fill:var(--st);shape-rendering:crispEdges}
.span.live{--st:var(--live)}
.span.stale{--st:var(--stale)}
.span.connecting{--st:var(--connecting)}
.span.closed{--st:var(--closed)}
.span.conflict{--st:var(--conflict)}
.span.catching-up{--st:var(--catching-up)}
.moment{stroke:var(--ink);stroke-width:2;fill:none}
.empty{fill:var(--inset);stroke:var(--rule)}
.hit{fill:none;pointer-events:all}
.tip{visibility:hidden;pointer-events:none}
.slice:hover .tip{visibility:visible}
.tip rect{fill:var(--card);stroke:var(--axis);fill-opacity:.96}
svg .tip text{fill:var(--ink)}
svg .tip .title{font-weight:600}
`;

const SMALL = `
@media screen and (max-width:820px){
body{padding:24px 12px 40px}
header,footer,h2,section>.lead{margin-left:4px;margin-right:4px}
h1{font-size:27px}
h2{margin-top:40px}
.subtitle{font-size:16px}
.parts{grid-template-columns:minmax(0,1fr);gap:14px}
.card{padding:16px 14px 14px}
svg.wide{display:none}
svg.narrow{display:block;max-width:480px;margin-left:auto;margin-right:auto}
.keys{grid-template-columns:repeat(auto-fit,minmax(128px,1fr))}
.keys dd{font-size:25px}
.headline{font-size:18px}
}`;

const PAPER = `
@page{margin:14mm 12mm}
@media print{
html{color-scheme:light}
html,body{background:var(--card)}
body{max-width:none;padding:0;font-size:10.5pt}
nav,details,#save-data,.readouts{display:none}
h2{margin-top:26pt;break-after:avoid}
.card{padding:12px 14px;break-inside:avoid}
.parts{gap:12px}
section>.lead{break-after:avoid}
.code,tr{break-inside:avoid}
.table{overflow:visible}
svg,.verdict,pre{print-color-adjust:exact;-webkit-print-color-adjust:exact}
a{text-decoration:none}
}`;

/** The whole style sheet. Paper is always light, so dark is for screens alone. */
export const STYLE = [
  `:root{${colourProperties('light')}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${colourProperties('dark')}}}`,
  PAGE,
  lookRules(),
  DRAWINGS,
  SMALL,
  PAPER,
]
  .join('\n')
  .replaceAll(/\n+/g, '\n')
  .trim();
