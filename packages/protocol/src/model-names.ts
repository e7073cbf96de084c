import { z } from "zod";

/** `provider/model`, a routing name (`auto`, `auto:fast`, `auto:cheap:code`, …) or a name the catalog knows. */
export const ModelName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[\w@][\w@.:/+-]*$/, "expected a model's id such as openai/gpt-5");
