import { Argument, defineCommand } from "../command.ts";
import { assertId } from "../ids.ts";
import { executionView } from "./execution-view.ts";

export const show = defineCommand<[id: string], object>({
  name: "show",
  summary: "show an execution: its answer, tool calls, times and cost",
  arguments: [new Argument("<id>", "the execution's id")],
  examples: [["orrery executions show 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", "all that is known of it"]],
  async run(session, _options, id) {
    assertId(id, "execution", "orrery executions list");
    const execution = await session.client.executions.get(id);
    session.show(execution, () => executionView(execution, session));
  },
});
