/** A forecast from the preview of a real program, on each engine that is here, beside what its `up` then does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { applyPlan } from "../../provider/impact/apply";
import { forecast } from "../../provider/impact/forecast";
import type { Impact } from "../../provider/impact/impact";
import { planOf } from "../../provider/impact/plan";
import { twinOfFolder } from "../../provider/impact/twin";
import { openTenant } from "../../provider/tenant";
import { advanceTo } from "../../provider/tenant/schedule";
import { makeProject, type Project, password, program, projectFile } from "../cli/project";
import { enginesHere } from "../engines";
import { programOf } from "./real-plans";

const hour = 3_600_000;

for (const engine of enginesHere()) {
  describe(`a forecast from a preview of the ${engine.name} engine`, function () {
    this.timeout(120_000);
    let project: Project;
    let options: { cwd: string; stack: string };
    let data: string;
    before(async () => {
      project = await makeProject({ "Pulumi.yaml": projectFile, "package.json": "{}", "index.js": program() });
      options = { cwd: project.folder, stack: "dev" };
      data = join(project.folder, ".intune-mail");
    });
    after(() => project.remove());

    async function foretold(): Promise<Impact> {
      const plan = planOf(await engine.preview(options), { project: "mail", stack: "dev" });
      return forecast({ twinOf: async () => twinOfFolder(data), plan, horizon: 33 * hour });
    }

    /** Lets the tenant itself live for so long; gives who has a profile of which status then. */
    function lived(): string[] {
      const { context, close } = openTenant({ data });
      try {
        advanceTo(context, context.clock.nowMs() + 33 * hour);
        const rows = context.db.all<{ deviceName: string; reason: string }>(
          "SELECT deviceName, reason FROM deviceProfile JOIN device ON id = deviceId WHERE reason <> 'otherPlatform' ORDER BY 1",
        );
        return rows.map(({ deviceName, reason }) => `${deviceName} ${reason}`);
      } finally {
        close();
      }
    }

    const people = ({ people }: Impact) =>
      Object.fromEntries([...people].map((one) => [one.userPrincipalName.split("@")[0]!, one.categories]));

    it("tells who gets mail for the first time, and shows no password", async () => {
      const impact = await foretold();
      assert.deepEqual(
        impact.risks.filter(({ kind }) => kind === "refused" || kind === "unknownValue"),
        [],
      );
      assert.deepEqual(people(impact).ada, ["gains"]);
      assert.deepEqual(people(impact).ben, ["accessLost", "blocked"]);
      assert.doesNotMatch(JSON.stringify(impact), new RegExp(password.replace(/[$&]/g, "\\$&")));
      await engine.up(options);
      assert.ok(lived().includes("ADA-IPHONE installed"));
      assert.ok(lived().includes("BEN-IPHONE duplicateAccount"));
    });

    it("tells who is asked for a password again, and who gets in", async () => {
      project.write("index.js", program({ profile: { hostName: "new.contoso.example" } }));
      const impact = await foretold();
      assert.deepEqual(people(impact), { ada: ["passwordAgain"], ben: ["gains", "accessGained"] });
      assert.deepEqual(
        impact.resources.map(({ name, op }) => [name, op]),
        [
          ["iphones", "replace"],
          ["to-iphones", "replace"],
        ],
      );
      await engine.up(options);
      assert.ok(lived().includes("BEN-IPHONE installed"));
    });

    describe("of what a preview says besides", () => {
      const previewed = async (name: string) => {
        project.write("index.js", programOf(name));
        return planOf(await engine.preview(options), { project: "mail", stack: "dev" });
      };

      it("repeats its warnings, and counts no components", async () => {
        assert.deepEqual((await previewed("delete")).warnings, [{ message: "Mind the gap.", urn: undefined }]);
        assert.deepEqual((await previewed("others")).others, [{ type: "pulumi-nodejs:dynamic:Resource", count: 1 }]);
      });

      it("knows which of two new certificates is meant, or says which one it takes", async () => {
        project.write("index.js", "");
        await engine.up(options);
        const plan = await previewed("chains-create");
        const twin = twinOfFolder(data);
        try {
          const { findings } = await applyPlan(twin, plan);
          const guesses = findings.filter(({ kind }) => kind === "unknownValue").map(({ message }) => message);
          // Events of the Pulumi CLI do not say what a value comes from.
          if (engine.name === "embedded") assert.deepEqual(guesses, []);
          else
            assert.match(guesses.join("\n"), /rootCertificate of ScepCertificate "scep(One|Two)" .* takes it to be of/);
        } finally {
          twin.close();
        }
      });

      it("knows what stays", async () => {
        project.write("index.js", programOf("kept-replaced"));
        await engine.up(options);
        const plan = await previewed("kept");
        assert.deepEqual(
          plan.steps.map(({ op, name, retained }) => ({ op, name, retained })),
          [{ op: "delete", name: "again", retained: true }],
        );
      });
    });
  });
}
