/**
 * `npm run check -- packages`: builds and packs what is published, unpacks it into an empty folder, and tries it there,
 * on the Node.js of this clone and on the one of this machine.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Consumer } from "./packaging/consumer.ts";
import { nodesHere } from "./packaging/nodes.ts";
import { PackagingError, pack, published } from "./packaging/pack.ts";
import { smoke, types } from "./packaging/smoke.ts";
import { endOnSignals } from "./running/process.ts";

endOnSignals();
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "orrery-packages-")));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

try {
  const tarballs = await pack(scratch);
  const consumer = new Consumer(join(scratch, "consumer"));
  for (const name of published) await consumer.install(name, tarballs[name]);
  await types(consumer.path);
  const nodes = await nodesHere();
  for (const node of nodes) await smoke(consumer.path, node);
  console.log(`The packages work on Node.js ${nodes.map(({ version }) => version).join(" and ")}.`);
} catch (error) {
  if (!(error instanceof PackagingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
