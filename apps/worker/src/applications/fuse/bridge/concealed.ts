/** Whether people who watch may see what a message says, although it is not encrypted. */
import type { Member, Ownership } from "../contract.ts";
import { fieldsOf, textOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import { parse, taskNamedIn } from "../messages/parse.ts";
import { canDo } from "../routing/route.ts";

export interface ConcealedHost {
  readonly ownership: Pick<Ownership, "deciders">;
  members(): readonly Member[];
}

const bareNames = ["target", "agentId", "agent_id", "agent", "assignee", "source", "from"];

/**
 * True for what is to or of a confidential agent, about a task of one, and for a task to nobody in particular which one
 * may come to do.
 */
export function isConcealed(value: Fields, host: ConcealedHost): boolean {
  const confidential = new Map(
    host
      .members()
      .filter((member) => member.confidential)
      .map((member) => [member.id, member]),
  );
  if (confidential.size === 0) return false;
  const header = fieldsOf(value, "header");
  const names = [
    textOf(header, "source"),
    textOf(header, "target"),
    ...bareNames.map((name) => textOf(value, name)),
  ];
  if (names.some((name) => name !== null && confidential.has(name))) return true;
  const parsed = parse(value, "tasks", 0);
  const taskId = parsed.kind === "task" ? parsed.delivery.taskId : taskNamedIn(value);
  if (taskId !== null && host.ownership.deciders(taskId).some((agent) => confidential.has(agent)))
    return true;
  if (parsed.kind !== "task" || parsed.address.to === "one") return false;
  return [...confidential.values()].some(
    (member) => member.mode !== "legacy" && canDo(member, parsed.requires),
  );
}
