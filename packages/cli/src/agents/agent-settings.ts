import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CreateAgent } from "@orrery/client";
import { Option, gathered, numeric, pairs } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/** What both `create` and `update` take. */
export interface AgentSettingOptions {
  model?: string;
  system?: string;
  systemFile?: string;
  template?: string;
  temperature?: number;
  maxTokens?: number;
  tool?: string[];
  tools?: false;
  capability?: string[];
  status?: "active" | "inactive";
  label?: Record<string, string>;
}

/** Made anew for each command: Commander keeps what an option was given in the option. */
export const agentSettingOptions = (): Option[] => [
  new Option("-m, --model <id>", "a model of `orrery models`, or auto, auto:fast, auto:cheap, auto:best"),
  new Option("--system <text>", "the system prompt").conflicts("systemFile"),
  new Option("--system-file <path>", "read the system prompt from a file"),
  new Option("--template <text>", "the prompt template, with {{input}} and other variables"),
  numeric(new Option("--temperature <number>", "0 to 2"), { min: 0, max: 2 }),
  numeric(new Option("--max-tokens <count>", "tokens of an answer at most"), {
    min: 1,
    max: 1_000_000,
    whole: true,
  }),
  gathered(
    new Option("--tool <name>", "a tool it may call; may be repeated, and replaces the default tools"),
  ),
  new Option("--no-tools", "no tools at all"),
  gathered(new Option("--capability <name>", "a capability to list; may be repeated")),
  new Option("--status <status>", "whether it takes executions").choices(["active", "inactive"]),
  pairs(new Option("--label <name=value>", "a label; may be repeated")),
];

type Settings = Omit<CreateAgent, "name" | "application" | "edgeLocations">;

/** The settings that were given, in the contract's words. */
export function settingsOf(options: AgentSettingOptions, terminal: Terminal): Settings {
  const systemPrompt =
    options.systemFile === undefined ? options.system : readText(resolve(terminal.cwd, options.systemFile));
  const tools = options.tools === false ? [] : options.tool;
  return {
    ...(options.model !== undefined && { model: options.model }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(options.template !== undefined && { promptTemplate: options.template }),
    ...(options.temperature !== undefined && { temperature: options.temperature }),
    ...(options.maxTokens !== undefined && { maxTokens: options.maxTokens }),
    ...(tools !== undefined && { tools }),
    ...(options.capability !== undefined && { capabilities: options.capability }),
    ...(options.status !== undefined && { status: options.status }),
    ...(options.label !== undefined && { labels: options.label }),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`Cannot read ${path}.`);
  }
}
