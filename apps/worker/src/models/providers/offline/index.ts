/** Models that need no network and no key: honest, deterministic, and no language models. */
export { offlineProvider } from "./provider.ts";
