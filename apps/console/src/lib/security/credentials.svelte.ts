/**
 * The visitor's token. It comes in the address's fragment (`#token=…`), which browsers send to no
 * server and which is removed from the address bar and the history at once, or from the sign-in form.
 *
 * It is kept for the tab; on this device too where the platform runs on the same machine (the token
 * lies in a file there anyway) or the visitor asked for it. The page runs no script but its own.
 *
 * An address never takes the place of another token by itself: whoever is sent a link would else go on in a workspace of
 * the sender's, and write there what is their own (docs/decisions/0042).
 */
import { onOwnMachine } from "#lib/platform/own-machine.ts";

const storageKey = "orrery.token";

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
  readonly keepByDefault = onOwnMachine;
  #token = $state<string | undefined>();
  #offered = $state<string | undefined>();
  /** True after the platform refused the token: the visitor must bring another one. */
  refused = $state(false);

  constructor() {
    this.#token = sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey) ?? undefined;
    this.#take();
    // An address of the page that is shown loads nothing anew.
    addEventListener("hashchange", () => this.#take());
    // Another tab forgot it; a null key means that everything was forgotten.
    addEventListener("storage", ({ key, oldValue, newValue }) => {
      if (key === null || (key === storageKey && newValue === null && oldValue === this.#token))
        this.#leave();
    });
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** A token that the address brought although another one is in use: it counts once the visitor says so. */
  get offered(): string | undefined {
    return this.#offered;
  }

  /** Leaves the token that the address brought alone. */
  decline(): void {
    this.#offered = undefined;
  }

  signIn(token: string, keep: boolean): void {
    sessionStorage.clear();
    store(token, keep);
    // Nothing that another identity was shown may stay in memory.
    location.reload();
  }

  /** Forgets the token, on this device and in all tabs that go by what is kept there, and all that was read with it. */
  signOut(): void {
    this.#forget();
    localStorage.removeItem(storageKey);
    location.assign("/");
  }

  /** Called when the platform answers 401 to the token in use. A newer one, of another tab, stays on this device. */
  refuse(): void {
    if (localStorage.getItem(storageKey) === this.#token) localStorage.removeItem(storageKey);
    this.#forget();
    this.refused = true;
  }

  #take(): void {
    const given = takeFromAddress();
    if (given === undefined || given === this.#token) return;
    if (this.#token !== undefined) {
      this.#offered = given;
      return;
    }
    store(given, this.keepByDefault);
    this.#token = given;
    this.refused = false;
  }

  #leave(): void {
    if (this.#token === undefined) return;
    this.#forget();
    location.reload();
  }

  /** Drafts and the like are one identity's, as the token is. */
  #forget(): void {
    sessionStorage.clear();
    this.#token = undefined;
  }
}

export const credentials = new Credentials();
