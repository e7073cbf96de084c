/** Processes that end with the test that started them, however it ends. */
export { leaveToReaper } from "../../bench/src/process-tree.ts";
