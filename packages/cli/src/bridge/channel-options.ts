import type { Bridge, ChannelRole, CreateBridge } from "@orrery/client";
import { InvalidArgumentError } from "commander";
import { Option } from "../command.ts";

/** A channel as a request names it: what is left out takes its default. */
type GivenChannel = NonNullable<NonNullable<CreateBridge["channels"]>[ChannelRole]>;
type Mode = NonNullable<GivenChannel["mode"]>;
type Policy = NonNullable<GivenChannel["signing"]>;

const roles = ["coordination", "tasks", "results"] as const satisfies readonly ChannelRole[];
const modes = ["pubsub", "streams"] as const satisfies readonly Mode[];
const policies = ["off", "accept", "require"] as const satisfies readonly Policy[];

/** What each channel is called unless somebody says otherwise. */
const names: Record<ChannelRole, string> = {
  coordination: "AI_COORDINATION_CHANNEL",
  tasks: "AI_TASK_CHANNEL",
  results: "AI_RESULT_CHANNEL",
};

type ByRole<Value> = Partial<Record<ChannelRole, Value>>;

/** How the channels are; both `create` and `update` take it. */
export interface ChannelOptions {
  channel?: ByRole<string>;
  mode?: ByRole<Mode>;
  signing?: ByRole<Policy>;
  encryption?: ByRole<Policy>;
  maxLength?: ByRole<number>;
}

/** Made anew for each command: Commander keeps what an option was given in the option. */
export const channelOptions = (): Option[] =>
  [
    byRole("--channel <role=name>", "what a channel is called, such as tasks=AI_TASK_CHANNEL", anyName),
    byRole("--mode <[role=]mode>", "pubsub or streams, of all channels or of one", oneOf(modes)),
    byRole("--signing <[role=]policy>", "signatures: off, accept or require", oneOf(policies)),
    byRole("--encryption <[role=]policy>", "encryption: off, accept or require", oneOf(policies)),
    byRole(
      "--max-length <[role=]count>",
      "about how many of our entries a stream keeps (100000)",
      wholeNumber,
    ),
  ].map((option) => option.helpGroup("Channels (coordination, tasks, results); may be repeated:"));

/**
 * The settings of the channels of which something was given, over those that hold now; undefined where nothing was.
 */
export function channelsOf(
  options: ChannelOptions,
  current?: Bridge["channels"],
): Partial<Record<ChannelRole, GivenChannel>> | undefined {
  const given: Partial<Record<ChannelRole, GivenChannel>> = {};
  for (const role of roles) {
    const changes = changesOf(options, role);
    if (Object.keys(changes).length > 0) given[role] = { name: names[role], ...current?.[role], ...changes };
  }
  return Object.keys(given).length === 0 ? undefined : given;
}

function changesOf(
  { channel, mode, signing, encryption, maxLength }: ChannelOptions,
  role: ChannelRole,
): Partial<GivenChannel> {
  const changes: Partial<GivenChannel> = {};
  if (channel?.[role] !== undefined) changes.name = channel[role];
  if (mode?.[role] !== undefined) changes.mode = mode[role];
  if (signing?.[role] !== undefined) changes.signing = signing[role];
  if (encryption?.[role] !== undefined) changes.encryption = encryption[role];
  if (maxLength?.[role] !== undefined) changes.maxLength = maxLength[role];
  return changes;
}

const isRole = (text: string): text is ChannelRole => (roles as readonly string[]).includes(text);

/** Parses `role=value`, or a value alone for all roles where one value can be theirs. The later one counts. */
function byRole(flags: string, description: string, parse: (text: string) => unknown): Option {
  return new Option(flags, description).argParser((text: string, earlier: ByRole<unknown> | undefined) => {
    const at = text.indexOf("=");
    const role = text.slice(0, Math.max(0, at));
    if (at === -1 && !flags.includes("[role=]")) throw new InvalidArgumentError("Expected role=value.");
    if (at !== -1 && !isRole(role)) throw new InvalidArgumentError(`Expected one of ${roles.join(", ")}.`);
    const value = parse(text.slice(at + 1));
    const which = at === -1 ? roles : [role];
    return { ...earlier, ...Object.fromEntries(which.map((one) => [one, value])) };
  });
}

const anyName = (text: string): string => text;

const oneOf =
  <Value extends string>(values: readonly Value[]) =>
  (text: string): Value => {
    const value = values.find((one) => one === text);
    if (value === undefined) throw new InvalidArgumentError(`Expected one of ${values.join(", ")}.`);
    return value;
  };

function wholeNumber(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
