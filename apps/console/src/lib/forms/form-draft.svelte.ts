import type { ApiError } from "@orrery/client";
import { sentence } from "#lib/formatting/sentence.ts";

export type Problems<Field extends string> = Partial<Record<Field, string>>;

/**
 * What a form holds, and what is wrong with it. A field's problem shows once it has been left or the form was sent,
 * and goes as soon as it is put right; what the platform refused shows until it is changed.
 */
export abstract class FormDraft<Field extends string> {
  /** What is wrong that belongs to no field. */
  general = $state("");
  readonly #fields: readonly Field[];
  #touched = $state.raw<ReadonlySet<Field>>(new Set());
  #refused = $state.raw<Problems<Field>>({});

  /** @param fields in the order in which they stand */
  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  /** Whether anything differs from how the form began. */
  abstract readonly changed: boolean;

  /** What the form's own rules find wrong, whether or not it is to be shown yet. */
  protected abstract wrong(): Problems<Field>;

  /** The field that shows what is wrong at a path of the request. */
  protected abstract fieldOf(path: string): Field | undefined;

  readonly #wrong = $derived.by(() => this.wrong());

  /** What to show beside each field. */
  readonly problems: Problems<Field> = $derived.by(() => {
    const shown = { ...this.#refused };
    for (const field of this.#touched) {
      const problem = this.#wrong[field];
      if (problem) shown[field] = problem;
    }
    return shown;
  });

  /** The field of this name, if it is one. */
  named(name: string): Field | undefined {
    return this.#fields.find((field) => field === name);
  }

  /** From now on the field's problem shows. */
  touch(field: Field): void {
    this.#touched = new Set(this.#touched).add(field);
  }

  /** Forgets what the platform said, about one field or all: it has been changed since. */
  edited(field?: Field): void {
    if (field === undefined) this.#refused = {};
    else if (field in this.#refused) {
      const { [field]: _, ...rest } = this.#refused;
      this.#refused = rest as Problems<Field>;
    }
  }

  /** Checks all fields. Returns the first that is wrong. */
  check(): Field | undefined {
    this.#touched = new Set(this.#fields);
    this.general = "";
    return this.#fields.find((field) => this.#wrong[field]);
  }

  /** Takes over what the platform refused. Returns the first field concerned. */
  refuse(error: ApiError): Field | undefined {
    const refused: Problems<Field> = {};
    const other: string[] = [];
    for (const { path, message } of error.errors) {
      const field = this.fieldOf(path);
      if (field) refused[field] ??= sentence(message);
      else other.push(path ? `${path}: ${message}` : message);
    }
    this.#refused = refused;
    const first = this.#fields.find((field) => refused[field]);
    this.general = first === undefined || other.length > 0 ? other.join(" ") || error.detail : "";
    return first;
  }
}
