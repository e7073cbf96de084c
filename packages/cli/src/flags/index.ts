/** `orrery flags`. */
import { defineGroup } from "../command.ts";
import { list } from "./list.ts";
import { set } from "./set.ts";

export const flags = defineGroup("flags", "new behaviour, turned on bit by bit", [list, set]);
