/** The HTTP face of the platform. */

/** The whole application: `export default createApp()` in a Worker. */
export { createApp } from "./app.ts";
