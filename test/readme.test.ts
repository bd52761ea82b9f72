/** README.md is true: its program runs, its commands print what it shows, its links lead somewhere. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeProject, type Project, root } from "./cli/project";

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1]!);

/** Ids are the tenant's own: stable for one history, but not what a reader looks at. */
const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>").trimEnd();

/** What was printed, with a line `…` for lines that the README leaves out. */
function shown(printed: string, expected: readonly string[]): string {
  const lines = printed.split("\n");
  return withoutIds(expected.join("\n"))
    .split("\n")
    .map((line, at, all) => {
      if (line !== "…") return lines.shift();
      const next = lines.indexOf(all[at + 1] ?? "");
      lines.splice(0, at === all.length - 1 ? lines.length : Math.max(next, 0));
      return line;
    })
    .concat(lines)
    .join("\n");
}

describe("README.md", function () {
  this.timeout(120_000);
  const [program = ""] = blocks("ts");
  const consoles = blocks("console");
  let project: Project;

  before(async () => {
    const packageFile = JSON.stringify({ name: "mail", private: true });
    project = await makeProject({ "Pulumi.yaml": "name: mail\nruntime: nodejs\n", "package.json": packageFile });
  });
  after(() => project.remove());

  it("has a program and commands to hold it to", () => {
    assert.match(program, /new EmailProfile/);
    assert.equal(consoles.length, 4);
  });

  for (const [index, text] of consoles.entries()) {
    const changed = index === 1 || index === 3;
    it(`prints what it shows: ${text.split("\n")[0]}`, async () => {
      project.write("index.ts", changed ? program.replace("mail.contoso.example", "mail2.contoso.example") : program);
      for (const part of text.split(/^\$ intune-mail /m).slice(1)) {
        const [command = "", ...expected] = part.split("\n");
        const ran = await project.run(command.trim().split(" "));
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(shown(withoutIds(ran.stdout), expected), withoutIds(expected.join("\n")));
      }
    });
  }

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1]!);
    assert.ok(links.length > 5);
    assert.deepEqual(
      links.filter((link) => !existsSync(join(root, link))),
      [],
    );
  });
});
