/** Colours, the frame of the page, and what stands in it at every width. */
export const layoutStyle: string = `
:root {
  color-scheme: light dark;
  --bg: #f6f7f9; --panel: #ffffff; --sunk: #f3f4f7; --line: #dfe3ea; --line-strong: #b9c1cf;
  --ink: #171b24; --dim: #545d6e; --accent: #2348c9; --accent-soft: #e8edfd; --focus: #2f5bea; --on-accent: #ffffff;
  --blue: #1d4ed8; --blue-bg: #e3ebfd; --green: #116329; --green-bg: #dff3e4; --amber: #854a05; --amber-bg: #fcefd3;
  --violet: #6128b8; --violet-bg: #efe6fc; --red: #b01c28; --red-bg: #fde5e6;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  --top: 56px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0f1218; --panel: #171b23; --sunk: #10141b; --line: #2a303c; --line-strong: #465064;
    --ink: #e7eaf0; --dim: #9fa8b8; --accent: #8fabff; --accent-soft: #1d2744; --focus: #7e9dff; --on-accent: #0f1218;
    --blue: #93b4ff; --blue-bg: #1b2947; --green: #7fd597; --green-bg: #16301f; --amber: #f0bd6b; --amber-bg: #38290f;
    --violet: #c6a5fb; --violet-bg: #2c2045; --red: #ff9a9f; --red-bg: #401a1e;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: calc(var(--top) + 16px); -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.55 var(--sans); }
h1, h2, h4, h5, p, ul, dl, dd, pre { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: var(--accent); text-underline-offset: 2px; }
code, pre, textarea, kbd { font-family: var(--mono); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
main:focus { outline: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 12px; top: -60px; z-index: 20; padding: 8px 14px; border-radius: 8px; background: var(--panel); }
.skip:focus { top: 8px; }

.top { position: sticky; top: 0; z-index: 10; display: flex; align-items: center; gap: 20px; height: var(--top); padding: 0 20px;
  background: var(--panel); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: 10px; color: inherit; font-weight: 650; text-decoration: none; }
.brand rect { fill: #2f5bea; }
.brand path { fill: none; stroke: #fff; stroke-width: 3; }
.chip { padding: 1px 8px; border: 1px solid var(--line); border-radius: 99px; color: var(--dim); font: 500 12px/1.5 var(--mono); }
.chip:empty { display: none; }
.find { position: relative; flex: 1; max-width: 460px; margin-left: auto; }
.find input { padding-right: 40px; }
.find kbd { position: absolute; right: 10px; top: 50%; transform: translateY(-50%); padding: 0 7px; border: 1px solid var(--line);
  border-radius: 5px; color: var(--dim); font-size: 12px; pointer-events: none; }
.find input:focus + kbd, .find input:not(:placeholder-shown) + kbd { display: none; }

.frame { display: grid; grid-template-columns: 272px minmax(0, 1fr); max-width: 1560px; margin: 0 auto; }
#contents { position: sticky; top: var(--top); align-self: start; height: calc(100vh - var(--top)); overflow-y: auto;
  padding: 22px 12px 40px 20px; border-right: 1px solid var(--line); }
.entry + .entry { margin-top: 18px; }
.entry h2 { padding: 0 8px 4px; font-size: 13px; font-weight: 650; overflow-wrap: anywhere; }
.entry a { display: flex; align-items: center; gap: 8px; padding: 4px 8px; border-radius: 7px; color: var(--dim); text-decoration: none; }
.entry a span:last-child { overflow: hidden; font: 12.5px/1.5 var(--mono); text-overflow: ellipsis; white-space: nowrap; }
.entry a:hover { background: var(--sunk); color: var(--ink); }
.entry a[aria-current] { background: var(--accent-soft); color: var(--accent); }
.entry .method { min-width: 46px; font-size: 10px; padding: 1px 0; }

main { min-width: 0; padding: 32px 36px 96px; }
.intro { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 420px); gap: 6px 48px; }
.intro h1 { font-size: 28px; font-weight: 680; letter-spacing: -0.02em; line-height: 1.2; }
.intro #about { grid-column: 1; color: var(--dim); max-width: 62ch; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 32px; grid-column: 1; padding-top: 10px; }
.facts dt { color: var(--dim); font-size: 12.5px; }
.facts code { font-size: 13.5px; overflow-wrap: anywhere; }
.access { grid-column: 2; grid-row: 1 / span 3; padding: 16px 18px; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); }
.access label { display: block; margin-bottom: 6px; font-weight: 600; font-size: 14px; }
.access .note { margin-top: 8px; }
.group { margin-top: 44px; }
.group > h2 { margin-bottom: 2px; font-size: 20px; font-weight: 660; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.about { color: var(--dim); overflow-wrap: anywhere; }
.state { padding: 48px 0; color: var(--dim); text-align: center; }

@media (max-width: 1180px) {
  .intro { grid-template-columns: minmax(0, 1fr); }
  .access { grid-column: 1; grid-row: auto; margin-top: 16px; }
}
@media (max-width: 860px) {
  .frame { grid-template-columns: minmax(0, 1fr); }
  #contents { display: none; }
  main { padding: 24px 16px 64px; }
  .top { gap: 12px; padding: 0 16px; }
  .find kbd { display: none; }
  .find input { padding-right: 12px; }
}
@media (max-width: 480px) {
  .chip { display: none; }
  .intro h1 { font-size: 24px; }
}
`;
