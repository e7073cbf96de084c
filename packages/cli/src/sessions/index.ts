/** `orrery sessions`. */
import { defineGroup } from "../command.ts";
import { remove } from "./delete.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";

export const sessions = defineGroup("sessions", "list, show and delete an agent's conversations", [
  list,
  show,
  remove,
]);
