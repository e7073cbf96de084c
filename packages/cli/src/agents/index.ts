/** `orrery agents`. */
import { defineGroup } from "../command.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";
import { update } from "./update.ts";

export const agents = defineGroup("agents", "create, list, show, change and delete agents", [
  create,
  list,
  show,
  update,
  remove,
]);

/** For commands that run an agent. */
export { findAgent, findAgentId } from "./find-agent.ts";
