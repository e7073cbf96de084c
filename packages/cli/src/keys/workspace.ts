import type { WorkspaceKey } from "@orrery/client";
import { Argument, defineCommand, defineGroup } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { UsageError } from "../failure.ts";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";

const view = (key: WorkspaceKey, session: Session): string => {
  if (key.destroyedAt !== null) {
    return `${session.style.red("destroyed")}  ${key.destroyedAt}: what was sealed under it cannot be read by anyone.\n`;
  }
  if (key.version === 0) {
    return key.wrappedBy === null
      ? "Nothing can be sealed: KEY_ENCRYPTION_KEY is not set.\n"
      : "Nothing was sealed yet; the key is made with the first that is.\n";
  }
  return session.facts([
    ["version", key.version],
    ["wrapped by", key.wrappedBy ?? session.style.red("a key that is not configured")],
    ["since", key.createdAt],
  ]);
};

const show = defineCommand<[], object>({
  name: "show",
  isDefault: true,
  summary: "show which version seals now, and what wraps it",
  examples: [["orrery keys workspace", "the key of what is sealed on disk"]],
  async run(session) {
    const key = await session.client.workspaceKey.get();
    session.show(key, () => view(key, session));
  },
});

const rotate = defineCommand<[], object>({
  name: "rotate",
  summary: "seal under a new version from now on",
  description: "What was sealed under earlier versions still opens.",
  examples: [["orrery keys workspace rotate", "once a year, or after somebody left"]],
  async run(session) {
    const key = await session.client.workspaceKey.rotate();
    session.show(key, () => view(key, session));
  },
});

const destroy = defineCommand<[workspace: string], { yes?: true }>({
  name: "destroy",
  summary: "make all that was ever sealed unreadable, for ever",
  description:
    "Destroys every version of the key: what confidential agents were given and answered cannot be read by anyone any more, " +
    "in no backup either. There is no way back.",
  arguments: [
    new Argument("<workspace>", "the workspace's id, to show that it is meant; `orrery me` says it"),
  ],
  options: [yesOption()],
  examples: [["orrery keys workspace destroy default --yes", "without being asked"]],
  async run(session, options, workspace) {
    const { workspaceId } = await session.client.me();
    if (workspace !== workspaceId) {
      throw new UsageError(`This is the workspace ${oneLine(workspaceId)}, not ${oneLine(workspace)}.`);
    }
    const question = `Make all that was ever sealed in ${oneLine(workspaceId)} unreadable, for ever?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was destroyed.");
      return;
    }
    const key = await session.client.workspaceKey.destroy(workspaceId);
    session.show(key, () => view(key, session));
  },
});

export const workspace = defineGroup(
  "workspace",
  "the key under which sensitive fields and files lie on disk",
  [show, rotate, destroy],
);
