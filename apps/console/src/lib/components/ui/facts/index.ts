export { default as Fact } from "./fact.svelte";
export { default as FactGrid } from "./fact-grid.svelte";
