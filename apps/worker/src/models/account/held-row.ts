/** Money that is set aside for one call, and how it stands in a table. */
import { type Targets, scopes } from "./targets.ts";

export interface Held {
  id: string;
  targets: Targets;
  micros: number;
  /** The UTC day on which it was set aside. */
  day: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** The columns of {@link Held}, in the order of {@link bindingsOf}. */
export const heldColumns = "id, agent_id, session_id, execution_id, tree_id, micros, day, expires_at";

export const bindingsOf = ({
  id,
  targets,
  micros,
  day,
  expiresAt,
}: Held): readonly (string | number | null)[] => [
  id,
  // The workspace's target is always the same.
  ...scopes.slice(1).map((scope) => targets[scope]),
  micros,
  day,
  expiresAt,
];

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

export const heldOf = (row: Record<string, unknown>): Held => ({
  id: String(row["id"]),
  targets: {
    workspace: "",
    agent: textOf(row["agent_id"]),
    session: textOf(row["session_id"]),
    execution: textOf(row["execution_id"]),
    tree: textOf(row["tree_id"]),
  },
  micros: Number(row["micros"]),
  day: String(row["day"]),
  expiresAt: Number(row["expires_at"]),
});
