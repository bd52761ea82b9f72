import assert from "node:assert/strict";
import type { Command } from "commander";
import { exitCodes } from "../../provider/cli/exit-codes";
import { makeProgram } from "../../provider/cli/program";
import { makeProject, type Project } from "./project";

/** Every verb that does something, with the words that lead to it. */
function verbs(command: Command, path: readonly string[] = []): { path: string; verb: Command }[] {
  const here = [...path, command.name()];
  if (command.commands.length === 0) return [{ path: here.join(" "), verb: command }];
  return command.commands.flatMap((each) => verbs(each, here));
}

/** The whole help, with what stands after it. */
function helpOf(verb: Command): string {
  let text = "";
  verb.configureOutput({ writeOut: (more) => (text += more) }).outputHelp();
  return text;
}

/** Words as a shell splits them. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

describe("help", () => {
  for (const { path, verb } of verbs(makeProgram())) {
    it(`of ${path} has examples that are right usage`, async () => {
      const [, examples = ""] = helpOf(verb).split("\nExamples:\n");
      const lines = examples.split("\n").flatMap((line) => (line.trim() ? [line.trim()] : []));
      assert.ok(lines.length > 0, "no example");
      for (const line of lines) {
        assert.ok(line.startsWith(path), `${line} is about another verb`);
        const program = makeProgram();
        let reached = "";
        for (const each of verbs(program)) {
          each.verb.action(() => {
            reached = each.path;
          });
        }
        await program.parseAsync(words(line).slice(1), { from: "user" });
        assert.equal(reached, path);
      }
    });
  }

  it("tells every exit code", () => {
    const text = helpOf(makeProgram());
    for (const { code, meaning } of Object.values(exitCodes))
      assert.match(text, new RegExp(`^ +${code} +.*${meaning.slice(0, 10)}`, "m"));
  });
});

describe("usage", () => {
  let project: Project;
  before(async () => {
    project = await makeProject({});
  });
  after(() => project.remove());

  const rows: { name: string; args: string[]; code: number; says: RegExp }[] = [
    { name: "help is a success", args: ["--help"], code: 0, says: /^Usage: intune-mail/ },
    { name: "so is the version", args: ["--version"], code: 0, says: /^\d+\.\d+\.\d+\n$/ },
    { name: "no verb", args: [], code: 2, says: /^Usage: intune-mail/ },
    { name: "no verb of a group", args: ["tenant"], code: 2, says: /^Usage: intune-mail tenant/ },
    { name: "an unknown verb", args: ["deploy"], code: 2, says: /unknown command 'deploy'/ },
    { name: "an unknown option", args: ["up", "--now"], code: 2, says: /unknown option '--now'/ },
    { name: "a wrong engine", args: ["up", "--engine", "terraform"], code: 2, says: /auto, pulumi, embedded/ },
    { name: "a missing argument", args: ["sync", "--full"], code: 2, says: /missing required argument 'connector'/ },
    { name: "neither quick nor full", args: ["sync", "x"], code: 2, says: /one of --quick and --full/ },
    {
      name: "both quick and full",
      args: ["sync", "x", "--quick", "--full"],
      code: 2,
      says: /one of --quick and --full/,
    },
    { name: "a port that is none", args: ["tenant", "serve", "--port", "99999"], code: 2, says: /0 to 65535/ },
    { name: "a time that is none", args: ["tenant", "clock", "--advance", "soon"], code: 2, says: /such as "4h"/ },
    { name: "no project", args: ["preview"], code: 1, says: /No Pulumi\.yaml in .* --cwd/ },
  ];
  for (const { name, args, code, says } of rows) {
    it(`${name}: exit code ${code}`, async () => {
      const ran = await project.run(args);
      assert.equal(ran.code, code);
      assert.match(code === 0 ? ran.stdout : ran.stderr, says);
    });
  }
});
