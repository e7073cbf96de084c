import { Argument, defineCommand } from "../command.ts";
import { assertId } from "../ids.ts";

export const cancel = defineCommand<[id: string], object>({
  name: "cancel",
  summary: "cancel an execution that is under way",
  description: "Cancels an execution. What it said so far is kept.",
  arguments: [new Argument("<id>", "the execution's id")],
  examples: [["orrery executions cancel 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", "stop it"]],
  async run(session, _options, id) {
    assertId(id, "execution", "orrery executions list");
    const execution = await session.client.executions.cancel(id);
    session.show(execution, () => `The execution is ${execution.status}.\n`);
  },
});
