/** `orrery documents`. */
import { defineGroup } from "../command.ts";
import { add } from "./add.ts";
import { remove } from "./delete.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";

export const documents = defineGroup("documents", "what an agent can look into, in every conversation", [
  add,
  list,
  get,
  remove,
]);
