/** Asking for a secret at the terminal, without showing it. */

/**
 * Takes the secret from the environment where it is set there; else asks, when someone can answer.
 * An empty line leaves it out.
 */
export async function askSecret(name: string, what: string): Promise<string> {
  const given = process.env[name];
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY || process.env["CI"] !== undefined) return "";
  process.stderr.write(`${name} (${what}; empty to leave out): `);
  return readHidden();
}

function readHidden(): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve) => {
    let text = "";
    const end = (): void => {
      stdin.off("data", take).setRawMode(false).pause();
      process.stderr.write("\n");
    };
    const take = (chunk: Buffer): void => {
      for (const character of chunk.toString()) {
        if (character === "\u0003") {
          end();
          process.exit(130);
        }
        if (character === "\r" || character === "\n" || character === "\u0004") {
          end();
          resolve(text.trim());
          return;
        }
        if (character === "\u007f" || character === "\b") text = text.slice(0, -1);
        else text += character;
      }
    };
    stdin.setRawMode(true).resume().on("data", take);
  });
}
