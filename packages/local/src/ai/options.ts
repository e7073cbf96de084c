/** How Workers AI and AI Gateway are served on this machine. Everything here survives JSON. */
import { z } from "zod";

/** A server that speaks OpenAI's protocol, such as those that `findModelServers` finds. */
const Server = z.strictObject({
  name: z.string().min(1),
  /** Base of the protocol, such as `http://127.0.0.1:11434/v1`. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  /** Ids of the models it offers. */
  models: z.array(z.string().min(1)).readonly(),
  apiKey: z.string().min(1).optional(),
});

const Provider = z.strictObject({
  /** Instead of the provider's own address. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Used for requests that bring no credential, as a key stored on a gateway is. */
  apiKey: z.string().min(1).optional(),
});

export const AIOptions = z.strictObject({
  /** Model servers, in order of preference. Where left out, those on this machine are looked for; `[]` uses none. */
  servers: z.array(Server).readonly().optional(),
  /**
   * Which model of a server answers for a model of Workers AI: `{"@cf/meta/llama-3.1-8b-instruct": "llama3.1:8b"}`.
   * A server's name and a slash may lead the value. `*` stands for every text model that is not named; without it
   * the nearest by name answers.
   */
  models: z.record(z.string(), z.string().min(1)).default({}),
  /** AI Gateway's providers by their names there (`openai`, `anthropic`, `google-ai-studio`, …). */
  providers: z.record(z.string(), Provider).default({}),
  /** Whether the offline models answer where no server does; an error does otherwise. */
  offline: z.boolean().default(true),
  /** Port on 127.0.0.1 of the address that `gateway(id).getUrl()` gives; a free one where left out. */
  port: z.number().int().min(1).max(65_535).optional(),
});

/** What a caller gives. */
export type AIOptions = z.input<typeof AIOptions>;

/** What the worker is given: everything settled. */
export interface AISettings {
  servers: readonly z.output<typeof Server>[];
  models: Readonly<Record<string, string>>;
  providers: Readonly<Record<string, { baseUrl?: string | undefined; apiKey?: string | undefined }>>;
  offline: boolean;
  /** Where the gateway's HTTP address is, without a slash at its end. */
  url: string;
}
