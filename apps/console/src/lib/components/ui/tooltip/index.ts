import { Tooltip as Primitive } from "bits-ui";

export const TooltipProvider = Primitive.Provider;
export { default as Tooltip } from "./tooltip.svelte";
