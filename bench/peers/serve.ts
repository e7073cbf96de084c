/**
 * Serves a peer, or the gateway alone, exactly as Orrery itself is served: the same launcher, the same runtime,
 * one minified bundle, its Durable Objects on disk. It ends on SIGTERM.
 *
 *   node bench/peers/serve.ts --bundle worker.js --config wrangler.jsonc --state directory --port 1234 --upstream URL
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { launch, stopOnSignals } from "@orrery/local";

const { values: flags } = parseArgs({
  options: {
    bundle: { type: "string" },
    config: { type: "string" },
    state: { type: "string" },
    port: { type: "string" },
    upstream: { type: "string" },
  },
});
const { bundle, config, state, port, upstream } = flags;
if (!bundle || !config || !state || !port || !upstream) throw new Error("every option is needed");

const launched = await launch({
  config,
  bundle: { script: readFileSync(bundle, "utf8") },
  statePath: state,
  port: Number(port),
  bindings: { UPSTREAM: upstream },
});
stopOnSignals(launched);
