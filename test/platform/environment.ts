import { variables } from "../../packages/cli/src/up/settings.ts";

const settings = new Set<string>(variables);

/** The environment without settings for a platform: the keys of whoever runs the tests are not the tests' to use. */
export const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.has(name)));
