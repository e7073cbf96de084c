/** `orrery models`. */
import { defineGroup } from "../command.ts";
import { list } from "./list.ts";
import { route } from "./route.ts";
import { test } from "./test.ts";

export const models = defineGroup("models", "list models, try one, and see how one is chosen", [
  list,
  test,
  route,
]);
