import { afterNavigate } from "$app/navigation";

/**
 * Does something when the address asks for it by `?new=…`, as links to a dialog do, and takes the word out of
 * the address: a reload does not do it again. Call it while a page is made.
 */
export function whenAddressAsksForNew(what: string, act: () => void): void {
  afterNavigate(() => {
    const address = new URL(location.href);
    if (address.searchParams.get("new") !== what) return;
    address.searchParams.delete("new");
    history.replaceState(history.state, "", address);
    act();
  });
}
