/** `orrery token`. */
import { defineGroup } from "../command.ts";
import { create } from "./create.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";

export const token = defineGroup("token", "make, list and revoke tokens", [create, list, revoke]);
