import { MediaQuery } from "svelte/reactivity";

/** The key that `static/theme.js` reads before the first paint. */
const storageKey = "orrery.theme";

export type Theme = "system" | "light" | "dark";

const systemDark = new MediaQuery("(prefers-color-scheme: dark)");

function stored(): Theme {
  const value = localStorage.getItem(storageKey);
  return value === "light" || value === "dark" ? value : "system";
}

let chosen = $state<Theme>(stored());

// Another tab chose; a null key means that everything was forgotten.
addEventListener("storage", ({ key }) => {
  if (key === storageKey || key === null) chosen = stored();
});

/** The chosen theme and what it comes to. `apply` belongs in one effect at the root. */
export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  get dark(): boolean {
    return chosen === "system" ? systemDark.current : chosen === "dark";
  },
  choose(next: Theme): void {
    chosen = next;
    if (next === "system") localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, next);
  },
  apply(): void {
    document.documentElement.classList.toggle("dark", theme.dark);
  },
};
