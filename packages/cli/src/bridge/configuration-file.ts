import { UsageError } from "../failure.ts";
import { oneLine } from "../output/text.ts";
import { readSecretFile } from "../secret-file.ts";
import type { Session } from "../session.ts";

/**
 * What the existing system's configuration says of a bridge: its namespace. Whatever else it asks for is there in any
 * case, and where it asks for less, that is said.
 * @throws UsageError it cannot be read, is none, or wants what there is not
 */
export async function configurationOf(path: string, session: Session): Promise<{ namespace: string }> {
  const { FuseConfiguration } = await import("@orrery/protocol");
  const parsed = FuseConfiguration.safeParse(jsonOf(await readSecretFile(path, session.terminal)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new UsageError(
      `The configuration's ${oneLine(where) || "text"}: ${issue?.message ?? "it is malformed"}`,
    );
  }
  const { namespace, persistence, communication } = parsed.data;
  if (communication?.redis === false) {
    throw new UsageError(
      "The configuration turns Redis off (communication.redis), and a bridge is nothing else.",
    );
  }
  if (persistence?.database === false) {
    session.remark("persistence.database is false: lists of agents are in the database all the same.");
  }
  if (communication?.websocket === false) {
    session.remark("communication.websocket is false: events go over WebSockets all the same.");
  }
  return { namespace };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("The configuration is not JSON.");
  }
}
