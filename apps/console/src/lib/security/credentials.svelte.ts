/**
 * The visitor's token. It comes in the address's fragment (`#token=…`), which browsers send to no
 * server and which is removed from the address bar and the history at once, or from the sign-in form.
 *
 * It is kept for the tab; on this device too where the platform runs on the same machine (the token
 * lies in a file there anyway) or the visitor asked for it. The page runs no script but its own.
 */
const storageKey = "orrery.token";

const local = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

function takeFromAddress(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token")?.trim();
  if (!token) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

function store(token: string, keep: boolean): void {
  sessionStorage.setItem(storageKey, token);
  if (keep) localStorage.setItem(storageKey, token);
  else localStorage.removeItem(storageKey);
}

class Credentials {
  /** Whether a token is kept on this device unless the visitor says otherwise. */
  readonly keepByDefault = local;
  #token = $state<string | undefined>();
  /** True after the platform refused the token: the visitor must bring another one. */
  refused = $state(false);

  constructor() {
    const given = takeFromAddress();
    if (given) store(given, local);
    this.#token =
      given ?? sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey) ?? undefined;
  }

  get token(): string | undefined {
    return this.#token;
  }

  signIn(token: string, keep: boolean): void {
    store(token, keep);
    // Nothing that another identity was shown may stay in memory.
    location.reload();
  }

  /** Forgets the token, everywhere on this device, and all that was read with it. */
  signOut(): void {
    this.#forget();
    location.assign("/");
  }

  /** Called when the platform answers 401 to the token in use. */
  refuse(): void {
    this.#forget();
    this.refused = true;
  }

  #forget(): void {
    sessionStorage.removeItem(storageKey);
    localStorage.removeItem(storageKey);
    this.#token = undefined;
  }
}

export const credentials = new Credentials();
