/** `orrery budgets`. */
import { defineGroup } from "../command.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { list } from "./list.ts";
import { update } from "./update.ts";

export const budgets = defineGroup("budgets", "bound what may be spent", [list, create, update, remove]);
