/** `orrery fuse`. */
import { defineGroup } from "../command.ts";
import { drain, pause, resume } from "./activity.ts";
import { agents } from "./agents.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { differences } from "./differences.ts";
import { importAgents } from "./import.ts";
import { migrate, rollback } from "./migrate.ts";
import { show } from "./show.ts";
import { cancel, tasks } from "./tasks.ts";

export const fuse = defineGroup("fuse", "agents that answer over Redis, and their way here and back", [
  agents,
  importAgents,
  create,
  show,
  migrate,
  rollback,
  pause,
  resume,
  drain,
  tasks,
  cancel,
  differences,
  remove,
]);
