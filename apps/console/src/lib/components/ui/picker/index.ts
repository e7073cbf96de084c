export { default as Picker } from "./picker.svelte";
