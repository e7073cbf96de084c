import type { AISettings } from "../../options.ts";
import { responseOf } from "../answer.ts";
import { toResponse } from "../errors.ts";
import { runModel } from "../run.ts";
import { runOpenAIChat, runOpenAIEmbeddings } from "../run-openai.ts";
import { fieldsOf } from "./step.ts";
import type { Step } from "./step.ts";

/** `@cf/…` or `run/@cf/…` with inputs as `run` takes them, or OpenAI's paths with the model in the body. */
export async function askWorkersAI(step: Step, settings: AISettings, signal: AbortSignal): Promise<Response> {
  const path = step.endpoint.replace(/^\/+|\?.*$/g, "").replace(/^run\//, "");
  const fields = fieldsOf(step.body);
  try {
    if (path === "v1/chat/completions") return responseOf(await runOpenAIChat(fields, settings, signal));
    if (path === "v1/embeddings") return responseOf(await runOpenAIEmbeddings(fields, settings, signal));
    return responseOf(await runModel(path, fields, settings, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    return toResponse(error);
  }
}
