/** Whether the platform that served this page runs on the visitor's own machine. */
export const onOwnMachine: boolean = ["localhost", "127.0.0.1", "[::1]"].includes(
  globalThis.location?.hostname,
);
