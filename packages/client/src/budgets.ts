import type { Budget, CreateBudget, UpdateBudget } from "@orrery/protocol";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** Limits of what may be spent. Changing them needs `admin`. */
export interface Budgets {
  list(options?: RequestOptions): Promise<Budget[]>;
  create(budget: CreateBudget, options?: WriteOptions): Promise<Budget>;
  get(id: string, options?: RequestOptions): Promise<Budget>;
  /** Raises or lowers the limit. */
  update(id: string, patch: UpdateBudget, options?: WriteOptions): Promise<Budget>;
  /** From then on nothing is bounded by it. */
  delete(id: string, options?: WriteOptions): Promise<void>;
}

export function createBudgets(transport: Transport): Budgets {
  const root = "/api/v1/budgets";
  const one = (id: string): string => `${root}/${encodeURIComponent(id)}`;
  return {
    list: async (options) => {
      const answer = await transport.json<{ items: Budget[] }>({ ...options, path: root });
      return answer.items;
    },
    create: (budget, options) => transport.json({ ...options, method: "POST", path: root, body: budget }),
    get: (id, options) => transport.json({ ...options, path: one(id) }),
    update: (id, patch, options) =>
      transport.json({ ...options, method: "PATCH", path: one(id), body: patch }),
    delete: (id, options) => transport.none({ ...options, method: "DELETE", path: one(id) }),
  };
}
