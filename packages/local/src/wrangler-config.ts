/**
 * What is read of a Wrangler configuration. Fields that mean nothing on one machine are accepted and
 * ignored; anything else that is not listed here is an error that names it, because a binding that
 * silently lacks is found much later and far away.
 * Source: https://developers.cloudflare.com/workers/wrangler/configuration/
 */
import { readFile } from "node:fs/promises";
import { parse, printParseErrorCode } from "jsonc-parser";
import type { ParseError } from "jsonc-parser";
import { z } from "zod";
import { LaunchError } from "./errors.ts";

const name = z.string().min(1);

const Binding = z.object({ binding: name });

/** Fields that only say something about deployments, builds or `wrangler dev`. */
const ignored = [
  "$schema",
  "account_id",
  "alias",
  "build",
  "define",
  "dev",
  "env",
  "find_additional_modules",
  "keep_names",
  "keep_vars",
  "limits",
  "logpush",
  "minify",
  "no_bundle",
  "observability",
  "placement",
  "preview_urls",
  "route",
  "routes",
  "rules",
  "secrets",
  "send_metrics",
  "tsconfig",
  "upload_source_maps",
  "workers_dev",
] as const;

const Migration = z.object({
  tag: z.string(),
  new_sqlite_classes: z.array(name).default([]),
  new_classes: z.array(name).default([]),
  renamed_classes: z.array(z.object({ from: name, to: name })).default([]),
  deleted_classes: z.array(name).default([]),
});

const known = {
  name,
  main: name.optional(),
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.json()).default({}),
  d1_databases: z
    .array(
      Binding.extend({
        database_name: name.optional(),
        migrations_dir: name.optional(),
        migrations_table: name.default("d1_migrations"),
      }),
    )
    .default([]),
  r2_buckets: z.array(Binding.extend({ bucket_name: name.optional() })).default([]),
  kv_namespaces: z.array(Binding).default([]),
  durable_objects: z
    .object({
      bindings: z.array(z.object({ name, class_name: name, script_name: name.optional() })),
    })
    .default({ bindings: [] }),
  migrations: z.array(Migration).default([]),
  queues: z
    .object({
      producers: z
        .array(Binding.extend({ queue: name, delivery_delay: z.number().int().optional() }))
        .default([]),
      consumers: z
        .array(
          z.object({
            queue: name,
            max_batch_size: z.number().int().optional(),
            max_batch_timeout: z.number().int().optional(),
            max_retries: z.number().int().optional(),
            dead_letter_queue: name.optional(),
            retry_delay: z.number().int().optional(),
          }),
        )
        .default([]),
    })
    .default({ producers: [], consumers: [] }),
  workflows: z.array(Binding.extend({ name, class_name: name, script_name: name.optional() })).default([]),
  services: z.array(Binding.extend({ service: name, entrypoint: name.optional() })).default([]),
  assets: z
    .object({
      directory: name,
      binding: name.optional(),
      run_worker_first: z.union([z.boolean(), z.array(z.string())]).default(false),
      html_handling: z
        .enum(["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"])
        .optional(),
      not_found_handling: z.enum(["single-page-application", "404-page", "none"]).optional(),
    })
    .optional(),
  triggers: z
    .strictObject({ crons: z.array(z.string()).max(0, "cron triggers do not fire here").default([]) })
    .default({ crons: [] }),
  version_metadata: Binding.optional(),
  ai: Binding.optional(),
  // What workerd has no form of: present only where the caller gives a stand-in.
  vectorize: z.array(Binding).default([]),
  images: Binding.optional(),
  browser: Binding.optional(),
};

/** A configuration after reading. Paths in it are relative to the file. */
export const WranglerConfig = z.strictObject(known);
export type WranglerConfig = z.infer<typeof WranglerConfig>;

const isIgnored = (key: string): boolean => (ignored as readonly string[]).includes(key);

/** @throws LaunchError `config_invalid`, saying where in the file and what. */
export async function readWranglerConfig(path: string): Promise<WranglerConfig> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new LaunchError("config_invalid", `Cannot read the configuration ${path}.`, { cause });
  });
  return parseWranglerConfig(text, path);
}

/** @throws LaunchError `config_invalid` */
export function parseWranglerConfig(text: string, path: string): WranglerConfig {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const line = text.slice(0, error.offset).split("\n").length;
    throw new LaunchError("config_invalid", `${path}:${line}: ${printParseErrorCode(error.error)}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LaunchError("config_invalid", `${path} does not hold an object.`);
  }
  const fields = Object.entries(value).filter(([key]) => !isIgnored(key));
  const unknown = fields.map(([key]) => key).filter((key) => !(key in known));
  if (unknown.length > 0) {
    throw new LaunchError(
      "config_invalid",
      `${path} asks for ${unknown.map((key) => `"${key}"`).join(", ")}, which has no local form here.`,
    );
  }
  const parsed = WranglerConfig.safeParse(Object.fromEntries(fields));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new LaunchError("config_invalid", `${path} is not valid:\n${problems.join("\n")}`);
  }
  return parsed.data;
}

/**
 * Durable Object classes after all migrations, with the storage each was made with. A class that is
 * bound and not mentioned in any migration gets SQLite, which is what a new one must have anyway.
 */
export function objectClasses(config: WranglerConfig): Map<string, "sqlite" | "legacy-kv"> {
  const classes = new Map<string, "sqlite" | "legacy-kv">();
  for (const step of config.migrations) {
    for (const name of step.new_sqlite_classes) classes.set(name, "sqlite");
    for (const name of step.new_classes) classes.set(name, "legacy-kv");
    for (const { from, to } of step.renamed_classes) {
      classes.set(to, classes.get(from) ?? "sqlite");
      classes.delete(from);
    }
    for (const name of step.deleted_classes) classes.delete(name);
  }
  for (const { class_name, script_name } of config.durable_objects.bindings) {
    if (script_name === undefined && !classes.has(class_name)) classes.set(class_name, "sqlite");
  }
  return classes;
}
