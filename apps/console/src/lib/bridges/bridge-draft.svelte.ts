import {
  ChannelRole,
  CreateBridge,
  UpdateBridge,
  type Bridge,
  type ChannelMode,
  type ChannelSettings,
  type ProtectionPolicy,
  type RedisAddress,
} from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";
import { numberOf } from "#lib/forms/number-of.ts";
import { addressFields, addressOfValues, addressValuesOf, type AddressField } from "./address-values.ts";

/** What the form holds of a channel. Numbers are text while they are typed. */
export interface ChannelValues {
  name: string;
  mode: ChannelMode;
  signing: ProtectionPolicy;
  encryption: ProtectionPolicy;
  maxLength: string;
}

export type BridgeField =
  | "name"
  | AddressField
  | `${ChannelRole}.${"name" | "maxLength"}`
  | "namespace"
  | "enabled";

const roles = ChannelRole.options;

/** In the order in which they stand. */
const fields: readonly BridgeField[] = [
  "name",
  ...addressFields,
  ...roles.flatMap((role) => [`${role}.name`, `${role}.maxLength`] as const),
  "namespace",
  "enabled",
];

const messages: Partial<Record<BridgeField, string>> = {
  name: "Give the bridge a name of at most 120 characters.",
  url: "Enter an address such as redis://127.0.0.1:6379 or rediss://host:6380/0, without a password.",
  sentinels: "One to nine sentinels, as host:port, one per line.",
  master: "Enter the name the sentinels know the master by.",
  db: "Enter a database number; 0 is the first.",
  nodes: "One to fifty nodes, as host:port, one per line.",
  restUrl: "Enter an address such as https://eu1-calm-owl.upstash.io.",
  username: "At most 200 characters.",
  password: "At most 2,000 characters.",
  namespace: "Use letters, digits and . : _ - only, at most 100.",
};

const channelMessages = {
  name: "1 to 200 visible characters, no spaces.",
  maxLength: "A whole number from 1,000 to 10,000,000.",
};

const messageFor = (field: BridgeField): string =>
  messages[field] ?? (field.endsWith(".maxLength") ? channelMessages.maxLength : channelMessages.name);

const channelDefaults: Record<ChannelRole, string> = {
  coordination: "AI_COORDINATION_CHANNEL",
  tasks: "AI_TASK_CHANNEL",
  results: "AI_RESULT_CHANNEL",
};

const channelValuesOf = (settings: ChannelSettings): ChannelValues => ({
  ...settings,
  maxLength: String(settings.maxLength),
});

const newChannel = (role: ChannelRole): ChannelValues => ({
  name: channelDefaults[role],
  mode: "pubsub",
  signing: "off",
  encryption: "off",
  maxLength: "100000",
});

/** The form's field that shows what is wrong at a path of the request. */
function fieldOf(path: string, kind: RedisAddress["kind"]): BridgeField | undefined {
  const [head = "", ...rest] = path.split(".");
  if (head === "channels") return fields.find((field) => rest.slice(0, 2).join(".") === field);
  if (head !== "redis") return fields.find((field) => head === field);
  const [part = ""] = rest;
  if (kind === "rest") return part === "token" ? "password" : "restUrl";
  return addressFields.find((field) => part === field) ?? (kind === "tcp" ? "url" : undefined);
}

/** A bridge being made or changed. */
export class BridgeDraft extends FormDraft<BridgeField> {
  readonly values;
  readonly #bridge: Bridge | undefined;
  readonly #before: string;
  readonly #addressBefore: string;

  /** @param bridge the one to change; a new one is made without it */
  constructor(bridge?: Bridge) {
    super(fields);
    this.#bridge = bridge;
    const channelOf = (role: ChannelRole): ChannelValues =>
      bridge ? channelValuesOf(bridge.channels[role]) : newChannel(role);
    this.values = $state({
      name: bridge?.name ?? "",
      address: addressValuesOf(bridge?.redis),
      channels: {
        coordination: channelOf("coordination"),
        tasks: channelOf("tasks"),
        results: channelOf("results"),
      },
      namespace: bridge?.namespace ?? "newfuse-agents",
      enabled: bridge?.enabled ?? true,
    });
    this.#before = JSON.stringify(this.values);
    this.#addressBefore = JSON.stringify(this.values.address);
  }

  readonly changed = $derived.by(() => JSON.stringify(this.values) !== this.#before);

  protected override wrong(): Problems<BridgeField> {
    const problems: Problems<BridgeField> = {};
    const parsed = this.#bridge
      ? UpdateBridge.safeParse(this.toUpdate())
      : CreateBridge.safeParse(this.toCreate());
    for (const issue of parsed.error?.issues ?? []) {
      const field = this.fieldOf(issue.path.join("."));
      if (field) problems[field] ??= messageFor(field);
    }
    const names = roles.map((role) => this.values.channels[role].name.trim());
    for (const [index, role] of roles.entries()) {
      if (names.indexOf(names[index] ?? "") < index) {
        problems[`${role}.name`] ??= "Another channel has this name.";
      }
    }
    return problems;
  }

  protected override fieldOf(path: string): BridgeField | undefined {
    return fieldOf(path, this.values.address.kind);
  }

  /** The request that makes this bridge. Call after {@link check}. */
  toCreate(): CreateBridge {
    const { name, address, namespace, enabled } = this.values;
    return {
      name: name.trim(),
      redis: addressOfValues(address),
      channels: this.#channels(),
      namespace: namespace.trim(),
      enabled,
    };
  }

  /** The request that changes what was changed. Call after {@link check}. */
  toUpdate(): UpdateBridge {
    const { name, address, enabled } = this.values;
    return {
      name: name.trim(),
      // The address only where it was changed: an untouched one would make the bridge connect anew.
      ...(JSON.stringify(address) !== this.#addressBefore && { redis: addressOfValues(address) }),
      channels: this.#channels(),
      enabled,
    };
  }

  #channels(): Record<ChannelRole, ChannelSettings> {
    const settingsOf = (role: ChannelRole): ChannelSettings => {
      const { name, mode, maxLength, ...policies } = this.values.channels[role];
      return {
        ...policies,
        name: name.trim(),
        mode,
        maxLength: numberOf(maxLength),
      };
    };
    return {
      coordination: settingsOf("coordination"),
      tasks: settingsOf("tasks"),
      results: settingsOf("results"),
    };
  }
}
