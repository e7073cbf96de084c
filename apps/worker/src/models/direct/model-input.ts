/** From an input's parts to what a model reads. */
import { OrreryError } from "@orrery/protocol";
import type { InputPart } from "@orrery/protocol";
import type { ModelMessage, UserContent } from "ai";

const dataUrl = /^data:[\w.+-]+\/[\w.+-]+;base64,([A-Za-z0-9+/]*={0,2})$/;

/**
 * A user's message. Files must be images, with their bytes in a `data:` URL: nothing is fetched for a direct
 * call, and documents belong to agents.
 * @throws OrreryError `invalid_request` (422)
 */
export function userMessage(input: string | readonly InputPart[]): ModelMessage {
  if (typeof input === "string") return { role: "user", content: input };
  const content = input.map((part, index): Exclude<UserContent, string>[number] => {
    if (part.type === "text") return part;
    const base64 = dataUrl.exec(part.url)?.[1];
    if (!part.mediaType.startsWith("image/") || base64 === undefined) {
      throw new OrreryError("invalid_request", "A file of the input cannot be shown to a model.", {
        status: 422,
        errors: [
          {
            path: part.mediaType.startsWith("image/") ? `input.${index}.url` : `input.${index}.mediaType`,
            message: "expected an image as data:<media type>;base64,<data>; give documents to an agent",
          },
        ],
      });
    }
    return {
      type: "file",
      data: base64,
      mediaType: part.mediaType,
      ...(part.filename !== undefined && { filename: part.filename }),
    };
  });
  return { role: "user", content };
}
