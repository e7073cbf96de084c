/** `orrery keys`. */
import { defineGroup } from "../command.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { jwks } from "./jwks.ts";
import { list } from "./list.ts";
import { retire } from "./retire.ts";
import { rotate } from "./rotate.ts";
import { show } from "./show.ts";
import { workspace } from "./workspace.ts";

export const keys = defineGroup("keys", "keys that sign, encrypt and seal", [
  list,
  create,
  show,
  rotate,
  retire,
  remove,
  jwks,
  workspace,
]);
