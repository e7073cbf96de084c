/** Texts that stand on one line wherever they are shown: in a list, a log, a header of a file. */
import { z } from "zod";

/** No control characters, no ends of lines, no halves of surrogate pairs, which no UTF-8 can carry. */
export const oneLine = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/** What a person calls something. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(oneLine, "expected one line without control characters");

/** A file's name, without a way to it. */
export const FileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u, "expected a name without slashes or control characters");

/** A media type with its parameters (RFC 9110 §8.3.1), such as `text/markdown; charset=utf-8`. */
export const MediaType = z
  .string()
  .min(3)
  .max(127)
  .regex(
    /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[^"\\\p{Cc}\p{Cs}]*"))*$/u,
    "expected a media type such as text/markdown",
  );
