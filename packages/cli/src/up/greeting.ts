/** What `orrery up` says once it serves. */
import { styleText } from "node:util";
import type { ModelServer } from "@orrery/local";

/** Another user's program. */
export interface Stranger {
  name: string;
  port: number;
  uid: number;
}

export interface Greeting {
  /** Without a slash at its end. */
  url: string;
  networkUrls: readonly string[];
  token: string;
  tokenPath: string;
  /** The state's directory where it is not the usual one, which commands would look in. */
  elsewhere: string | null;
  /** Those that were found on this machine. */
  servers: readonly ModelServer[];
  /** Those that MODEL_SERVERS names. */
  configured: readonly Pick<ModelServer, "name" | "models">[];
  /** Programs of others that listen where a model server would be looked for. */
  strangers: readonly Stranger[];
  /** What the platform says is not in order, a line each. */
  shortcomings: readonly string[];
  /** Providers for which there is a key. */
  providers: readonly string[];
  /** Milliseconds from the command to the first answer. */
  startedIn: number;
  colour: boolean;
}

export function greet(greeting: Greeting): string {
  const { url, networkUrls, token, tokenPath, servers, configured, providers, startedIn } = greeting;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    greeting.colour ? styleText(style, text, { validateStream: false }) : text;
  const label = (text: string): string => paint("gray", text.padEnd(9));

  const models = [
    "offline/extract",
    ...providers.map((name) => `${name}/…`),
    ...configured.map(describe),
    ...servers.map(describe),
  ];
  const warn = (text: string): string => paint("yellow", text);
  const lines = [
    `${paint("green", "●")} ${paint("bold", "Orrery")} is running ${paint("gray", `(ready in ${(startedIn / 1000).toFixed(1)} s)`)}`,
    "",
    `${label("Console")}${paint(["cyan", "underline"], `${url}/#token=${token}`)}`,
    `${label("API")}${url}/api/v1 ${paint("gray", `· reference at ${url}/docs`)}`,
    ...networkUrls.map((address) => `${label("Network")}${address}`),
    `${label("Token")}${tokenPath} ${paint("gray", "· readable by you alone; the commands below find it")}`,
    `${label("Models")}${models.join(", ")}`,
    ...servers.map(({ name, baseUrl }) => `${label("Found")}${name} at ${baseUrl}`),
    ...greeting.strangers.map(
      ({ name, port, uid }) =>
        `${label("Left out")}${warn(`port ${port}, where ${name} usually is: another user's program (uid ${uid}). MODEL_SERVERS can name it.`)}`,
    ),
    ...greeting.shortcomings.map((line) => `${label("Mistake")}${warn(line)}`),
    "",
    paint("bold", "Try"),
    ...tries(greeting.elsewhere).map(
      ([command, what], _, all) =>
        `${command.padEnd(Math.max(...all.map(([text]) => text.length)))}  ${paint("gray", what)}`,
    ),
    "",
    paint("gray", "Ctrl-C stops it. Running turns are kept and go on at the next start."),
  ];
  return `\n${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n\n`;
}

type Try = readonly [command: string, what: string];

const tries = (elsewhere: string | null): readonly Try[] => [
  ...(elsewhere === null
    ? []
    : [[`export ORRERY_STATE='${elsewhere}'`, "where the commands find this platform"] as const]),
  ["npx orrery agents create Reader", "an agent that answers from documents"],
  ['npx orrery run Reader "What is Orrery?" --file README.md', "ask it about one"],
  ["npx orrery chat Reader", "talk with it"],
];

function describe({
  name,
  models,
  baseUrl,
}: Pick<ModelServer, "name" | "models"> & Partial<ModelServer>): string {
  // Of one that was found, it is known that it has none; of one that was named, nothing is.
  if (models.length === 0) return baseUrl === undefined ? `${name}/…` : `${name} (no models yet)`;
  const shown = models.slice(0, 3).map((model) => `${name}/${model}`);
  return models.length > shown.length
    ? `${shown.join(", ")} and ${models.length - shown.length} more`
    : shown.join(", ");
}
