/** Answers that a workspace's cache keeps. */
import { z } from "zod";

/** `GET /models/cache`. */
export const ModelCacheCounts = z
  .object({
    entries: z.number().int().nonnegative(),
    bytes: z.number().int().nonnegative(),
    /** Since the cache was last emptied; the last few may be missing after a crash. */
    hits: z.number().int().nonnegative(),
    misses: z.number().int().nonnegative(),
  })
  .meta({ id: "ModelCacheCounts" });
export type ModelCacheCounts = z.infer<typeof ModelCacheCounts>;
