import { z } from "zod";

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.iso.datetime({ precision: 3 }).meta({
  id: "Timestamp",
  description: "RFC 3339 in UTC with milliseconds.",
  example: "2026-11-20T12:00:00.000Z",
});
export type Timestamp = z.infer<typeof Timestamp>;

export const timestamp = (milliseconds: number): Timestamp => new Date(milliseconds).toISOString();
