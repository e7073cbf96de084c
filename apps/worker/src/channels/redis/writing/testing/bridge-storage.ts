/** The storage of a bridge that has just been made, inside workerd. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { ChannelSettings, newId } from "@orrery/protocol";
import { BridgeStore } from "../../bridge-store.ts";

const channel = (name: string): ChannelSettings => ChannelSettings.parse({ name, mode: "streams" });

const newSettings = () =>
  ({
    id: newId(),
    workspaceId: "local",
    name: "a bridge",
    application: "fuse",
    redis: { kind: "tcp", url: "redis://127.0.0.1:6379" },
    channels: {
      coordination: channel("coordination"),
      tasks: channel("tasks"),
      results: channel("results"),
    },
    namespace: "test",
    enabled: true,
    createdAt: "2026-11-20T12:00:00.000Z",
    updatedAt: "2026-11-20T12:00:00.000Z",
  }) as const;

type Settings = ReturnType<typeof newSettings>;

/** Runs `work` on it, in an object of its own. */
export const onBridgeStorage = (
  work: (storage: DurableObjectStorage, settings: Settings) => void | Promise<void>,
): Promise<void> =>
  runInDurableObject(env.AGENTS.getByName(newId()), async (_, { storage }) => {
    const settings = newSettings();
    new BridgeStore(storage).create(settings, null);
    await work(storage, settings);
  });
