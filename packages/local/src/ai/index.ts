/** Workers AI and AI Gateway on this machine. Wrangler loads this module by the package's name and takes `plugins`. */
export { localAI } from "./binding.ts";
export type { AIBinding } from "./binding.ts";
export type { AIOptions } from "./options.ts";
export { plugins } from "./plugin.ts";
