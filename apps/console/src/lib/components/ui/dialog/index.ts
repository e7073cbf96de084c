import { Dialog } from "bits-ui";

export const Root = Dialog.Root;
export const Title = Dialog.Title;
export { default as Content } from "./dialog-content.svelte";
export { default as Footer } from "./dialog-footer.svelte";
export { default as Header } from "./dialog-header.svelte";
