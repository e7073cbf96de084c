import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";

export const revoke = defineCommand<[id: string], { yes?: true }>({
  name: "revoke",
  summary: "make a token useless",
  arguments: [new Argument("<id>", "its id, from `orrery token list`")],
  options: [yesOption()],
  examples: [
    ["orrery token revoke 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87 --yes", "revoke it without being asked"],
  ],
  async run(session, options, id) {
    if (
      !(await confirm(
        session,
        `Revoke the token ${id}? Whoever uses it is refused from then on.`,
        options.yes,
      ))
    ) {
      session.remark("Nothing was revoked.");
      return;
    }
    await session.client.tokens.revoke(id);
    session.show({ revoked: id }, () => `Revoked ${id}.\n`);
  },
});
