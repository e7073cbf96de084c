import { setTimeout as pause } from "node:timers/promises";
import type { ShadowDifference } from "@orrery/client";
import { Option, defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { oneLine, printable } from "../output/text.ts";
import { dollars, duration } from "../output/units.ts";
import type { Session } from "../session.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";

/** Milliseconds for which the first comparison is waited for, and between two looks. */
const waitMs = 30_000;
const lookMs = 250;

type Options = ListOptions & WhichAgent & { full?: true; wait?: true };

export const differences = defineCommand<[agent: string], Options>({
  name: "differences",
  summary: "compare what both sides answered in shadow mode",
  arguments: [agentArgument()],
  options: [
    new Option("--full", "both answers below each other"),
    new Option("--wait", "for the first comparison, half a minute at most"),
    bridgeOption(),
    ...listOptions(),
  ],
  examples: [
    ["orrery fuse differences summarizer", "are they as good, as fast, as cheap?"],
    ["orrery fuse differences summarizer --full --limit 5", "read the answers themselves"],
  ],
  async run(session, options, id) {
    const { bridgeId } = await findFuseAgent(session.client, id, options);
    const read = (): ReturnType<typeof readList<ShadowDifference>> =>
      readList(options, (query) => session.client.fuse.agents.differences(bridgeId, id, query));
    let page = await read();
    for (let waited = 0; options.wait && page.items.length === 0 && waited < waitMs; waited += lookMs) {
      await pause(lookMs);
      page = await read();
    }
    const empty = "Nothing was compared yet: that begins with `orrery fuse migrate <agent> shadow`.";
    showList(session, page, empty, (found) =>
      options.full === true ? inFull(found, session) : asTable(found, session),
    );
  },
});

const verdict = ({ same, similarity }: ShadowDifference): string =>
  same ? "same" : `${Math.round(similarity * 100)}% alike`;

const span = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : duration(milliseconds);

const asTable = (found: readonly ShadowDifference[], session: Session): string =>
  session.table(found, [
    { heading: "TASK", value: ({ taskId }) => taskId, elastic: true },
    {
      heading: "RESULT",
      value: verdict,
      paint: ({ same }, text) => (same ? session.style.green(text) : session.style.yellow(text)),
    },
    { heading: "THERE", value: ({ legacy }) => span(legacy.latencyMs), align: "right" },
    { heading: "HERE", value: ({ orrery }) => span(orrery.latencyMs), align: "right" },
    { heading: "COST", optional: true, value: ({ orrery }) => dollars(orrery.costMicros), align: "right" },
    {
      heading: "THEY SAID",
      optional: true,
      value: ({ legacy }) => legacy.preview.slice(0, 200),
      elastic: true,
    },
    {
      heading: "WE SAID",
      optional: true,
      value: ({ orrery }) => orrery.preview.slice(0, 200),
      elastic: true,
    },
  ]);

const inFull = (found: readonly ShadowDifference[], session: Session): string =>
  found
    .map((difference) => {
      const { taskId, legacy, orrery } = difference;
      const there = `there, ${span(legacy.latencyMs) ?? "–"}`;
      const here = `here, ${duration(orrery.latencyMs)}, ${dollars(orrery.costMicros)}`;
      return [
        `${session.style.bold(oneLine(taskId))}  ${verdict(difference)}`,
        session.style.dim(there),
        printable(legacy.preview),
        session.style.dim(here),
        printable(orrery.preview),
        "",
      ].join("\n");
    })
    .join("\n");
