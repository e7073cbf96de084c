/** Answers of an agent's object: errors cross RPC as values, since classes do not survive it. */
export { outcomeOf, valueOf } from "@orrery/protocol";
export type { Outcome } from "@orrery/protocol";
