/** A step of this package's build: the AI worker as one file, into the directory that the first argument names. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtName, bundleWorkerScript } from "./script.ts";

const [, , directory] = process.argv;
if (directory === undefined) throw new Error("say where to write it");
writeFileSync(join(directory, builtName), await bundleWorkerScript());
