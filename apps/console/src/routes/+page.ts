import { redirect } from "@sveltejs/kit";

/** Agents are what people come for. */
export function load(): never {
  redirect(307, "/agents");
}
