/** `orrery executions`. */
import { defineGroup } from "../command.ts";
import { cancel } from "./cancel.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";
import { tail } from "./tail.ts";

export const executions = defineGroup("executions", "list, show, follow and cancel executions", [
  list,
  show,
  tail,
  cancel,
]);
