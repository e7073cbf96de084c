import { toast } from "svelte-sonner";
import { explain, type Subject } from "./explain.ts";

/** Says that something failed which has no place of its own on the page. */
export function toastFailure(error: unknown, subject: Subject = {}): void {
  const { title, advice } = explain(error, subject);
  toast.error(title, { description: advice });
}
