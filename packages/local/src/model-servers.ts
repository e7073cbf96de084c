/**
 * Language model servers on this machine that speak the OpenAI protocol, at the ports where the usual
 * ones listen. A server counts only if it answers `GET /v1/models` with that protocol's list; whatever
 * else listens there (they are popular ports) is left alone. So is what another user of this machine has put there,
 * since prompts and documents are sent to whoever counts.
 * Source: https://platform.openai.com/docs/api-reference/models/list
 */
import { z } from "zod";
import { strangerOn } from "./listener-owner.ts";

export interface ModelServer {
  /** Stable and short: `ollama`, `lmstudio`, `llamacpp`, `vllm`. */
  name: string;
  /** Base of the protocol, such as `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** Ids of the models it offers now. */
  models: string[];
}

export interface ModelServerPlace {
  name: string;
  port: number;
}

/** Where they listen unless told otherwise. */
export const usualPlaces: readonly ModelServerPlace[] = [
  { name: "ollama", port: 11_434 },
  { name: "lmstudio", port: 1_234 },
  { name: "llamacpp", port: 8_080 },
  { name: "vllm", port: 8_000 },
];

const Models = z.object({
  object: z.literal("list"),
  // Ollama without models says null.
  data: z
    .array(z.object({ id: z.string().min(1), object: z.literal("model"), owned_by: z.string().optional() }))
    .nullable(),
});

export interface FindModelServersOptions {
  places?: readonly ModelServerPlace[];
  /** Milliseconds within which a server must answer. Default 250. */
  timeout?: number;
  /** Values of `owned_by` of servers to pass over, such as the caller's own. */
  notOwnedBy?: readonly string[];
  /** Called for each place where another user's program listens, which is not asked anything. */
  onStranger?: (place: ModelServerPlace, uid: number) => void;
  /** The user of another person's program on a port of loopback, or null. Default: as the kernel says it, on Linux. */
  strangerOn?: (port: number) => number | null;
}

/** Never throws, and never takes longer than `timeout`. Servers keep the order of `places`. */
export async function findModelServers(options: FindModelServersOptions = {}): Promise<ModelServer[]> {
  const { places = usualPlaces, timeout = 250, notOwnedBy = [], onStranger } = options;
  const whose = options.strangerOn ?? ((port) => strangerOn(port));
  const own = places.filter((place) => {
    const stranger = whose(place.port);
    if (stranger !== null) onStranger?.(place, stranger);
    return stranger === null;
  });
  const found = await Promise.all(own.map((place) => ask(place, timeout, notOwnedBy)));
  return found.filter((server) => server !== null);
}

async function ask(
  { name, port }: ModelServerPlace,
  timeout: number,
  notOwnedBy: readonly string[],
): Promise<ModelServer | null> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) {
      await response.body?.cancel();
      return null;
    }
    const { data } = Models.parse(await response.json());
    const models = data ?? [];
    if (models.some(({ owned_by }) => owned_by !== undefined && notOwnedBy.includes(owned_by))) return null;
    return { name, baseUrl, models: models.map(({ id }) => id) };
  } catch {
    // Nothing listens, or it is something else: both mean that no model server is there.
    return null;
  }
}
