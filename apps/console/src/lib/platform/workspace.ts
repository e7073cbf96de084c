import { createOrrery } from "@orrery/client/svelte";
import { platform } from "./platform.ts";

/**
 * The visitor's workspace, kept in step with the platform while the console is open. It belongs to one
 * identity: signing in or out loads the page anew.
 */
export const workspace = createOrrery(platform);
