/** Svelte stores over the client: what an application shows, kept in step with the server. */
export { createOrrery } from "./orrery.ts";
export type { Orrery, OrreryOptions } from "./orrery.ts";
export type { Turn } from "./turn.ts";
