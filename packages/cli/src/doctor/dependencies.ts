import { fail, ok, type Check } from "./check.ts";

/** What the platform itself depends on, as it reports it. */
export const dependencies: Check = {
  name: "bindings",
  needs: "platform",
  async run({ client }) {
    const readiness = await client.readiness();
    const entries = Object.entries(readiness.dependencies);
    const missing = entries.filter(([, { ready }]) => !ready);
    if (missing.length === 0) return [ok(entries.map(([name]) => name).join(", "))];
    return missing.map(([name, { reason }]) =>
      fail(`${name}: ${reason ?? "not ready"}`, "See the troubleshooting guide, docs/troubleshooting.md."),
    );
  },
};
