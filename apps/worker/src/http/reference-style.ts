/** The style of the API's reference, in both themes. */
export const referenceStyle = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --dim: light-dark(#59626d, #9aa4b0);
  --line: light-dark(#d9dee4, #2c333b); --page: light-dark(#ffffff, #101317); --field: light-dark(#f4f6f8, #181d23);
  --link: light-dark(#2149b8, #8fb0ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; padding: 1.25rem; }
header { border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; } h1 small { color: var(--dim); font-weight: 400; font-size: 1rem; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; } h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; }
h4 { margin: 1.25rem 0 .4rem; font-size: .85rem; color: var(--dim); text-transform: uppercase; letter-spacing: .04em; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; } a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; padding: 0 1rem; }
details[open] { padding-bottom: 1rem; }
summary { cursor: pointer; padding: .65rem 0; } summary span { color: var(--dim); }
summary b { display: inline-block; min-width: 4.2rem; font: 600 .8rem ui-monospace, monospace; }
.get { color: light-dark(#0b6b3a, #6fd49f); } .post { color: light-dark(#2149b8, #8fb0ff); }
.patch, .put { color: light-dark(#8a5300, #f0b866); } .delete { color: light-dark(#a9232b, #ff9a9f); }
code, pre { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
code { overflow-wrap: anywhere; } pre { background: var(--field); border-radius: 8px; padding: .8rem; overflow-x: auto; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); font-weight: 400; }
thead th { border: 0; color: var(--dim); font-size: .85rem; } td p { margin: 0; } i { color: var(--dim); font-size: .88em; }
`;
