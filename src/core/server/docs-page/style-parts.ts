/** Operations, forms, schemas and answers. */
export const partsStyle: string = `
input, select, textarea { width: 100%; padding: 7px 11px; border: 1px solid var(--line-strong); border-radius: 8px; background: var(--panel);
  color: inherit; font: 14px/1.5 var(--sans); }
textarea { background: var(--sunk); font: 13px/1.55 var(--mono); resize: vertical; tab-size: 2; }
input::placeholder { color: var(--dim); opacity: 0.75; }
input:focus, select:focus, textarea:focus { border-color: var(--focus); outline: 1px solid var(--focus); outline-offset: 0; }
button { padding: 7px 14px; border: 1px solid transparent; border-radius: 8px; font: 600 14px/1.5 var(--sans); cursor: pointer; }
button.send { min-width: 92px; background: var(--accent); color: var(--on-accent); }
button.send:hover { filter: brightness(1.08); }
button:disabled { opacity: 0.6; cursor: progress; }
button.quiet { padding: 3px 10px; border-color: var(--line); background: var(--panel); color: var(--dim); font-size: 13px; font-weight: 550; }
button.quiet:hover { border-color: var(--line-strong); color: var(--ink); }
.row { display: flex; align-items: center; gap: 12px; }
.note { color: var(--dim); font-size: 13px; overflow-wrap: anywhere; }

.method { flex: none; min-width: 62px; padding: 3px 0; border-radius: 6px; font: 700 11.5px/1.4 var(--mono); letter-spacing: 0.02em; text-align: center; }
.m-get { background: var(--blue-bg); color: var(--blue); }
.m-post { background: var(--green-bg); color: var(--green); }
.m-put { background: var(--amber-bg); color: var(--amber); }
.m-patch { background: var(--violet-bg); color: var(--violet); }
.m-delete { background: var(--red-bg); color: var(--red); }

.operation { margin-top: 10px; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); }
.operation > summary { display: flex; align-items: center; gap: 14px; padding: 11px 16px; border-radius: 12px; cursor: pointer; list-style: none; }
input, select { min-height: 38px; }
summary:focus-visible { outline-offset: -2px; }
.note code, .lead code, .about code { font-size: 0.92em; }
summary::-webkit-details-marker { display: none; }
.operation > summary::after { content: ""; flex: none; width: 8px; height: 8px; margin: 0 4px 4px auto; border: solid var(--dim); border-width: 0 1.5px 1.5px 0; transform: rotate(45deg); }
.operation[open] > summary::after { margin-bottom: -4px; transform: rotate(225deg); }
.operation > summary:hover { background: var(--sunk); }
.operation[open] { border-color: var(--line-strong); }
.operation[open] > summary { border-bottom: 1px solid var(--line); border-radius: 12px 12px 0 0; }
.path { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
.path em { color: var(--dim); font-style: normal; }
.says { color: var(--dim); font-size: 14px; }
.inside { padding: 18px; }
.lead { margin-bottom: 16px; max-width: 75ch; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 40px; }
h4 { margin-bottom: 10px; font-size: 15px; font-weight: 650; }
h5 { font-size: 13px; font-weight: 600; color: var(--dim); }

.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr)); gap: 14px 18px; }
.field label, .prop { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 9px; }
.field label { margin-bottom: 4px; }
.field .note { margin-top: 4px; line-height: 1.45; }
.name { font-size: 13.5px; font-weight: 600; overflow-wrap: anywhere; }
.type { color: var(--dim); font-size: 12.5px; overflow-wrap: anywhere; }
.required, .always { font-size: 12px; font-weight: 550; color: var(--red); }
.always { color: var(--green); }
.fields + .field { margin-top: 18px; }
.body-head { display: flex; align-items: center; justify-content: space-between; gap: 10px; margin-bottom: 6px; }
.body-head label { margin: 0; }
.picks { display: flex; flex-wrap: wrap; gap: 6px; }
.try > .row { margin-top: 16px; }
.failed { color: var(--red); font-size: 14px; }

pre { overflow: auto; max-height: 460px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 9px; background: var(--sunk);
  font-size: 12.5px; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; }
.j-key { color: var(--blue); }
.j-text { color: var(--green); }
.j-value { color: var(--violet); }
.answer { display: grid; gap: 10px; }
.answer:not(:empty) { margin-top: 16px; padding: 14px; border: 1px solid var(--line); border-radius: 10px; }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
.verdict button { margin-left: auto; }
.status { padding: 2px 9px; border-radius: 6px; background: var(--sunk); color: var(--dim); font: 650 13px/1.5 var(--mono); }
.s2 { background: var(--green-bg); color: var(--green); }
.s3 { background: var(--blue-bg); color: var(--blue); }
.s4 { background: var(--amber-bg); color: var(--amber); }
.s5 { background: var(--red-bg); color: var(--red); }
.curl-head { display: flex; align-items: center; justify-content: space-between; margin: 18px 0 6px; }

.reference > section + section { margin-top: 28px; }
.schema > .type, .choice > .type { margin-bottom: 4px; font-family: var(--mono); }
.choice + .choice { margin-top: 16px; }
.props > li { padding: 9px 0; border-top: 1px solid var(--line); }
.props > li:first-child { border-top: 0; }
.facts-line { color: var(--dim); font: 12px/1.55 var(--mono); overflow-wrap: anywhere; }
.deeper > summary { display: inline-block; padding: 2px 0; border-radius: 5px; color: var(--accent); font-size: 13px; cursor: pointer; }
.deeper > summary::before { content: "+ "; }
.deeper[open] > summary::before { content: "\\2212\\00a0"; }
.deeper > .props { margin: 4px 0 0 4px; padding-left: 14px; border-left: 2px solid var(--line); }
.deeper > pre { margin-top: 6px; }
.answer-kind { border-top: 1px solid var(--line); }
.answer-kind:last-child { border-bottom: 1px solid var(--line); }
.answer-kind > summary { display: flex; align-items: baseline; gap: 12px; padding: 9px 4px; cursor: pointer; list-style: none; font-size: 14px; }
.answer-kind > summary:hover { background: var(--sunk); }
.answer-kind .status { min-width: 54px; text-align: center; }
.response { display: grid; gap: 10px; padding: 4px 4px 16px; }

@media (max-width: 1180px) { .columns { grid-template-columns: minmax(0, 1fr); gap: 32px; } }
@media (max-width: 720px) {
  .operation > summary { flex-wrap: wrap; gap: 4px 12px; padding: 11px 14px; }
  .operation > summary .path { flex: 1; }
  .says { order: 3; flex-basis: 100%; }
  .inside { padding: 16px 14px; }
  input, select, textarea { font-size: 16px; }
}
`;
