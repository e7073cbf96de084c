/**
 * Answers in JSON from Claude: by its structured outputs where model and schema allow, else as the input of
 * a tool that it has to call.
 */
import type { ProviderRequest } from "../../contract.ts";
import { anthropicSchema } from "./schema.ts";

/**
 * Claude 4.5 and later, and Opus 4.1, have structured outputs.
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
const withoutStructuredOutputs = /^claude-(?:[23]|instant|(?:opus|sonnet|haiku)-(?:3|4-0|4-\d{8}))/;

interface AnswerForm {
  /** The tool whose input is the answer, where one is forced. */
  answerTool: string | undefined;
  /** Fields of the request's body; `tools` are those that it has already. */
  fields(tools: readonly object[]): Record<string, unknown>;
}

/** How this request's answer gets its form; undefined where it needs none. */
export function answerForm(request: ProviderRequest): AnswerForm | undefined {
  const { responseFormat } = request;
  if (responseFormat === undefined) return undefined;
  const native = withoutStructuredOutputs.test(request.model) ? null : anthropicSchema(responseFormat.schema);
  if (native !== null) {
    return {
      answerTool: undefined,
      fields: () => ({ output_config: { format: { type: "json_schema", schema: native } } }),
    };
  }
  const answerTool = responseFormat.name;
  return {
    answerTool,
    fields: (tools) => ({
      tools: [
        ...tools,
        {
          name: answerTool,
          description: "Gives the answer. Called once, when it is complete.",
          input_schema: responseFormat.schema,
        },
      ],
      tool_choice:
        tools.length === 0
          ? { type: "tool", name: answerTool, disable_parallel_tool_use: true }
          : { type: "any" },
    }),
  };
}
