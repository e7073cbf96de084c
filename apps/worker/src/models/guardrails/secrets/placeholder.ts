/** What stands in examples where a secret would stand. */

const fillers =
  /^(?:x+|\*+|\.+|#+|_+|-+|0+|1+|password|passwort|passwd|pass|pwd|secret|token|key|changeme|change[-_]me|example|sample|dummy|test|todo|null|none|undefined|true|false|string|required|optional|redacted|removed|hidden|masked)\d{0,3}$/i;

/** Whether a value only shows where a secret goes: `xxxx`, `<your-key>`, `${TOKEN}`, `YOUR_API_KEY`. */
export function isPlaceholder(value: string): boolean {
  if (value === "" || fillers.test(value)) return true;
  if (/^[$%]|\$\{|\{\{|^process\.env|^os\.environ|^env[.(]|getenv|secrets\.|vault:|^ENV\[/.test(value))
    return true;
  if (
    /(?:your|my|insert|replace|enter|put)[-_. ]?(?:[a-z]+[-_. ])*(?:key|token|secret|password|here|value|id)/i.test(
      value,
    )
  ) {
    return true;
  }
  if (/(.)\1{7}/.test(value) || /x{6}|\.{3}|\*{3}|example|placeholder|redacted/i.test(value)) return true;
  return /^(?:0123456789|1234567890|abcdefgh|1234abcd|abcd1234)/i.test(value);
}
