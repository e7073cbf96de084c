import type { Bridge, BridgeMessage, ChannelRole, LiveEvent } from "@orrery/client";
import { Option, defineCommand, numeric } from "../command.ts";
import { followEvents } from "../follow-events.ts";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";
import { paintState } from "./bridge-view.ts";
import { bridgeArgument, findBridge } from "./find-bridge.ts";

interface Options {
  channel?: ChannelRole;
  last: number;
  follow: boolean;
}

export const tail = defineCommand<[bridge: string | undefined], Options>({
  name: "tail",
  summary: "follow the messages that pass a bridge",
  description:
    "Prints the last messages and then what passes, until Ctrl-C: outlines, with sensitive parts hidden. " +
    "Of a fast flow it shows about twenty a second; the counts of `orrery bridge status` miss none.",
  arguments: [bridgeArgument()],
  options: [
    new Option("--channel <role>", "those of one channel").choices(["coordination", "tasks", "results"]),
    numeric(new Option("-n, --last <count>", "so many of the past first").default(10), {
      min: 0,
      max: 100,
      whole: true,
    }),
    new Option("--no-follow", "only those of the past"),
  ],
  examples: [
    ["orrery bridge tail", "watch the only bridge there is"],
    ["orrery bridge tail newfuse --channel results --json", "results alone, a line of JSON each"],
    ["orrery bridge tail --last 100 --no-follow", "what passed lately"],
  ],
  async run(session, options, idOrName) {
    const bridge = await findBridge(session.client, idOrName);
    const isWanted = ({ role }: BridgeMessage) => options.channel === undefined || options.channel === role;
    const seen = new Set<string>();
    const print = (message: BridgeMessage) => {
      if (!isWanted(message) || seen.has(message.id)) return;
      if (session.json) session.jsonLine(message);
      else session.write(messageLine(message, session));
    };
    if (options.last > 0) {
      const { items } = await session.client.bridges.messages(bridge.id, { limit: options.last });
      for (const message of items.toReversed()) {
        print(message);
        seen.add(message.id);
      }
    }
    if (options.follow) await follow(session, bridge, print);
  },
});

async function follow(
  session: Session,
  bridge: Bridge,
  print: (message: BridgeMessage) => void,
): Promise<void> {
  await followEvents(session, { types: ["bridge.message", "bridge.changed"] }, (event) => {
    if (event.type === "gap") session.remark("Some messages were missed.");
    else if (event.data["bridgeId"] !== bridge.id) return;
    else if (event.type === "bridge.message") print(event.data["message"] as BridgeMessage);
    else remarkState(event, bridge, session);
  });
}

function remarkState({ at, data }: LiveEvent, { name }: Bridge, session: Session): void {
  const state = data["state"] as Bridge["status"]["state"];
  session.remark(`${at}  ${oneLine(name)} is ${paintState(state, state, session)}.`);
}

/** An outline on one line: when, which way, who to whom, what. */
function messageLine(message: BridgeMessage, { style }: Session): string {
  const { at, direction, role, source, target, type, taskId, signed, encrypted, preview } = message;
  const way = direction === "in" ? style.cyan("→") : style.green("←");
  const marks = [signed && "signed", encrypted && "encrypted"].filter(Boolean).join(" ");
  const parties = [source, target].map((party) => oneLine(party ?? "–")).join(" > ");
  return (
    [
      style.dim(at),
      `${way} ${role.padEnd(12)}`,
      oneLine(type ?? "–").padEnd(17),
      parties,
      taskId === null ? "" : style.dim(oneLine(taskId)),
      marks === "" ? "" : style.yellow(marks),
      oneLine(preview),
    ]
      .filter((part) => part !== "")
      .join("  ") + "\n"
  );
}
