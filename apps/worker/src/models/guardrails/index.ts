/** What may be asked of models, and what may be shown of their answers. */

/** Looks at requests before they are sent. */
export { createInputCheck } from "./input-check.ts";
export type { InputCheckEnv, InputCheckOptions } from "./input-check.ts";
export type { InputLimits } from "./input-limits.ts";

/** Filters answers as they come, by the stricter of the agent's policy and the workspace's. */
export { createOutputFilter } from "./output-filter.ts";
export { strictest } from "./strictest.ts";
export type { InputCheck, OutputFilter } from "./contract.ts";
