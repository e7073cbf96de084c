/** Which tasks are ours where both sides answer. */
import { createHash } from "node:crypto";

/**
 * The task's place among 100: the first four bytes of the SHA-256 of its id in UTF-8, as an unsigned big-endian number,
 * modulo 100. Peers that read `percent` in `agent:{id}:owner` come to the same.
 */
export const placeOf = (taskId: string): number =>
  createHash("sha256").update(taskId, "utf8").digest().readUInt32BE(0) % 100;

/** Whether a task is among our `percent` of 100. Whoever raises the percentage takes no task away from us. */
export const isOurShare = (taskId: string, percent: number): boolean =>
  percent >= 100 || (percent > 0 && placeOf(taskId) < percent);
