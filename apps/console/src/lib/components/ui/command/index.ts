import { Command } from "bits-ui";

export const Root = Command.Root;
export const List = Command.List;
export const Viewport = Command.Viewport;
export const Empty = Command.Empty;
export { default as Group } from "./command-group.svelte";
export { default as Input } from "./command-input.svelte";
export { default as Item } from "./command-item.svelte";
