import type { FilterClass } from "@orrery/protocol";

const names: Readonly<Record<FilterClass, string>> = {
  secret: "a secret such as a key or a password",
  email: "an e-mail address",
  phone: "a phone number",
  card: "a card number",
  iban: "a bank account number",
  ssn: "a social security number",
};

/** What stands in place of an answer that the output filter blocked. */
export const withheld = (classes: readonly FilterClass[]): string =>
  `This answer was withheld, because it held ${classes.map((name) => names[name]).join(" and ")}.`;
