export { default as Group } from "./command-group.svelte";
export { default as Item } from "./command-item.svelte";
export { default as Search } from "./command-search.svelte";
