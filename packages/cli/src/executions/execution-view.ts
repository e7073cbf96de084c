import type { Execution, ExecutionStatus } from "@orrery/client";
import { dollars, duration } from "../output/units.ts";
import { oneLine, printable } from "../output/text.ts";
import type { Session } from "../session.ts";

export function paintStatus(status: ExecutionStatus, text: string, { style }: Session): string {
  if (status === "completed") return style.green(text);
  if (status === "failed") return style.red(text);
  return status === "cancelled" ? style.dim(text) : style.yellow(text);
}

/** An execution with all that it did. */
export function executionView(execution: Execution, session: Session): string {
  const { style } = session;
  const { usage, latencyMs, firstTokenMs } = execution;
  const head = `${paintStatus(execution.status, execution.status, session)}  ${style.dim(execution.id)}\n`;
  const about = session.facts([
    ["agent", execution.agentId],
    ["session", execution.sessionId],
    ["model", execution.model && oneLine(execution.model)],
    ["where", execution.edgeLocation],
    ["began", execution.createdAt],
    ["took", latencyMs && duration(latencyMs)],
    ["first token", firstTokenMs && duration(firstTokenMs)],
    [
      "tokens",
      usage && `${usage.inputTokens} in, ${usage.outputTokens} out${usage.cached ? ", cached" : ""}`,
    ],
    ["cost", usage && dollars(usage.costMicros)],
    ["files", execution.attachments.map(({ name }) => oneLine(name)).join(", ")],
    ["error", execution.error && `${execution.error.code}: ${oneLine(execution.error.message)}`],
  ]);
  const calls = execution.toolCalls.map((call) => {
    const took = call.endedAt && duration(Date.parse(call.endedAt) - Date.parse(call.startedAt));
    const outcome = call.error === undefined ? "" : style.red(`  ${oneLine(call.error)}`);
    return `  ${call.name}  ${style.dim(oneLine(JSON.stringify(call.input) ?? "").slice(0, 100))}  ${took ?? "running"}${outcome}\n`;
  });
  const routes = execution.routes.map(
    ({ requested, chosen, why }) => `  ${oneLine(requested)} → ${oneLine(chosen)}  ${style.dim(why)}\n`,
  );
  const modelCalls = execution.modelCalls.map((call) => {
    const outcome = call.outcome === "completed" ? "" : `  ${call.error ?? call.outcome}`;
    const tokens = `${call.inputTokens} in, ${call.outputTokens} out`;
    return `  ${oneLine(call.model)}  ${style.dim(tokens)}  ${dollars(call.costMicros)}  ${duration(call.latencyMs)}${outcome}\n`;
  });
  const filtered = execution.filtered.map(
    (finding) => `  ${finding.class}  ${finding.action}  ${finding.count}\n`,
  );
  const block = (title: string, text: string) =>
    text === "" ? "" : `\n${style.bold(title)}\n${text.trimEnd()}\n`;
  return [
    head,
    about,
    execution.unreadable === true
      ? style.yellow("Nobody can read it: the workspace's key was destroyed.\n")
      : "",
    block("Models chosen", routes.join("")),
    block("Model calls", modelCalls.join("")),
    block("Tool calls", calls.join("")),
    block("Filtered", filtered.join("")),
    block("Input", printable(inputText(execution.input))),
    block("Output", printable(execution.output ?? "")),
  ].join("");
}

const inputText = (input: Execution["input"]): string =>
  typeof input === "string"
    ? input
    : input
        .map((part) => (part.type === "text" ? part.text : `[${part.filename ?? part.mediaType}]`))
        .join("\n");
