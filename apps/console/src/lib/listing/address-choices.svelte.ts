import { afterNavigate } from "$app/navigation";

/**
 * What was chosen on a page, kept in the query of its address: Back, a reload and a shared link bring it back. What is
 * as by default is left out. Call it while a page is made.
 */
export function choicesInAddress<Choices extends Record<string, string>>(defaults: Choices): Choices {
  const names = Object.keys(defaults) as (keyof Choices & string)[];

  const read = (): Choices => {
    const query = new URLSearchParams(location.search);
    const found = names.flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return { ...defaults, ...Object.fromEntries(found) };
  };

  const choices: Choices = $state(read());

  // Another address of the same page was gone to, as by a link in the navigation.
  afterNavigate(() => void Object.assign(choices, read()));

  $effect(() => {
    const address = new URL(location.href);
    for (const name of names) {
      const value = choices[name];
      if (value === undefined || value === defaults[name]) address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    // No navigation: it would cut off one that is under way.
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  });

  return choices;
}
