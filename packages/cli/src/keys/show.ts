import { Argument, defineCommand } from "../command.ts";
import { keyView } from "./key-view.ts";

export const show = defineCommand<[id: string], object>({
  name: "show",
  summary: "show a key, with its public half",
  arguments: [new Argument("<id>", "its id")],
  examples: [["orrery keys show k1 --json", "its public half, for a program"]],
  async run(session, _options, id) {
    const key = await session.client.keys.get(id);
    session.show(key, () => keyView(key, session));
  },
});
