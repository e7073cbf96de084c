import type { Model } from "@orrery/protocol";
import { platform } from "#lib/platform/platform.ts";
import { isRoutingName } from "./routing-names.ts";

let models = $state.raw<Model[]>();
let error = $state.raw<unknown>();
let reading: Promise<void> | undefined;

async function read(): Promise<void> {
  try {
    models = await platform.models.list();
    error = undefined;
  } catch (cause) {
    error = cause;
  } finally {
    reading = undefined;
  }
}

/** The platform's models. Whoever shows them calls `load` first; what was read before shows meanwhile. */
export const catalog = {
  /** Undefined until they have been read once. */
  get models(): Model[] | undefined {
    return models;
  },
  get error(): unknown {
    return error;
  },
  /** Reads them anew: what is usable changes as keys and model servers come and go. */
  load(): Promise<void> {
    reading ??= read();
    return reading;
  },
  /** The model that a name means: its id, or one of its aliases. */
  find(name: string): Model | undefined {
    return models?.find((model) => model.id === name || model.aliases.includes(name));
  },
  /** Whether a model, or one that a routing name can choose, is shown images; true where that is not known. */
  seesImages(name: string): boolean {
    if (isRoutingName(name)) {
      return (
        models?.some(({ kind, usable, capabilities }) => kind === "text" && usable && capabilities.vision) ??
        true
      );
    }
    return catalog.find(name)?.capabilities.vision ?? true;
  },
};
