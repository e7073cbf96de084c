/** `orrery bridge`. */
import { defineGroup } from "../command.ts";
import { create } from "./create.ts";
import { deadLetters } from "./dead-letters.ts";
import { remove } from "./delete.ts";
import { discard } from "./discard.ts";
import { list } from "./list.ts";
import { replay } from "./replay.ts";
import { status } from "./status.ts";
import { tail } from "./tail.ts";
import { update } from "./update.ts";

export const bridge = defineGroup("bridge", "connect to Redis, watch what passes, mend what did not", [
  list,
  create,
  status,
  tail,
  deadLetters,
  replay,
  discard,
  update,
  remove,
]);

/** For commands that work over a bridge. */
export { findBridge } from "./find-bridge.ts";
