import { z } from "zod";
import { pageOf } from "./pages.ts";
import { Timestamp } from "./times.ts";

/** The id of a document: the beginning of its bytes' SHA-256, or random where its agent is confidential. */
export const DocumentId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "expected 32 hexadecimal digits")
  .meta({ id: "DocumentId", example: "9f86d081884c7d659a2feaa0c55ad015" });

/** A document that an agent, or one of its sessions, can look into. */
export const Document = z
  .object({
    id: DocumentId,
    name: z.string(),
    mediaType: z.string(),
    /** Bytes. */
    size: z.number().int().nonnegative(),
    createdAt: Timestamp,
  })
  .meta({ id: "Document" });
export type Document = z.infer<typeof Document>;

export const DocumentPage = pageOf(Document).meta({ id: "DocumentPage" });
