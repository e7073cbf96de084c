import { fail, ok, type Check } from "./check.ts";

/** The oldest Node.js that the command runs on; the launcher brings its own. */
const oldest = 20;

export const nodeVersion: Check = {
  name: "node",
  needs: "nothing",
  run: () => {
    const major = Number(process.versions.node.split(".")[0]);
    const detail = `Node.js ${process.versions.node}`;
    return Promise.resolve([
      major >= oldest
        ? ok(detail)
        : fail(detail, `Install Node.js ${oldest} or newer from https://nodejs.org.`),
    ]);
  },
};
