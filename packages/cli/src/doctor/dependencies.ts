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
    return missing.flatMap(([name, { reason = "not ready" }]) =>
      // Of settings, each mistake is a line.
      name === "settings"
        ? reason
            .split("\n")
            .map((mistake) => fail(mistake, "Correct the variable, and start the platform again."))
        : [fail(`${name}: ${reason}`, "See the troubleshooting guide, docs/troubleshooting.md.")],
    );
  },
};
