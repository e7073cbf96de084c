/** The output filter in words. */
import type { FilterAction, FilterClass } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";

export const filterClassNames: Record<FilterClass, { label: string; hint: string }> = {
  secret: { label: "Secrets", hint: "keys, tokens, passwords" },
  email: { label: "E-mail addresses", hint: "ada@example.com" },
  phone: { label: "Phone numbers", hint: "+44 20 7946 0018" },
  card: { label: "Payment cards", hint: "with a valid check digit" },
  iban: { label: "Bank accounts", hint: "IBANs with a valid checksum" },
  ssn: { label: "US social security numbers", hint: "issued ranges only" },
};

export const filterActionNames: Record<FilterAction, { label: string; done: string; variant: BadgeVariant }> =
  {
    off: { label: "Let through", done: "Let through", variant: "neutral" },
    flag: { label: "Flag", done: "Flagged", variant: "info" },
    redact: { label: "Redact", done: "Redacted", variant: "brand" },
    block: { label: "Withhold", done: "Withheld", variant: "destructive" },
  };
