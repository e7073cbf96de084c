/** The answers of the document tools, as far as they are read here. */
import { z } from "zod";

export const SearchAnswer = z.object({
  passages: z.array(
    z.object({
      document: z.string(),
      name: z.string(),
      mediaType: z.string().default("text/plain"),
      start: z.number().int().nonnegative(),
      end: z.number().int().nonnegative(),
      page: z.number().int().positive().optional(),
      section: z.string().default(""),
      columns: z.string().default(""),
      text: z.string(),
    }),
  ),
  documents: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
  notSearched: z.array(z.object({ name: z.string(), reason: z.string() })).default([]),
  passagesSearched: z.number().int().nonnegative().default(0),
  wordCounts: z.record(z.string(), z.number()).default({}),
});
export type SearchAnswer = z.infer<typeof SearchAnswer>;

export const ReadAnswer = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string().default("text/plain"),
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  total: z.number().int().nonnegative(),
  nextOffset: z.number().int().nonnegative().nullable(),
  page: z.number().int().positive().optional(),
  pages: z.number().int().positive().optional(),
  text: z.string(),
  otherDocuments: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
export type ReadAnswer = z.infer<typeof ReadAnswer>;
