import { Popover } from "bits-ui";

export const Root = Popover.Root;
export const Trigger = Popover.Trigger;
export { default as Content } from "./popover-content.svelte";
