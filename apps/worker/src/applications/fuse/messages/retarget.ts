/** A task as it came, for somebody else than whom it was for. */
import type { TaskDelivery } from "../contract.ts";
import { fieldsOf } from "./fields.ts";

/** All that it holds is kept, but for who it is to and the signature, which was of that; its id stands in it from now on. */
export function retargeted(
  { form, message, taskId }: Pick<TaskDelivery, "form" | "message" | "taskId">,
  to: string,
): Record<string, unknown> {
  const { signature: _, ...rest } = message;
  if (form === "bare") return { ...rest, target: to };
  const body = fieldsOf(message, "body");
  const content = { ...fieldsOf(body, "content"), ...(form === "task" && { taskId }) };
  return { ...rest, header: { ...fieldsOf(message, "header"), target: to }, body: { ...body, content } };
}
