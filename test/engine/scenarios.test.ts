/** What each engine does when a program changes. The same table holds for both, so that they are held against each other. */

import assert from "node:assert/strict";
import type { EngineError, EngineResult } from "../../provider/engine";
import { enginesHere } from "../engines";
import { type Declared, makeProject, type Program, type TestProject } from "./support";

interface Scenario {
  before: Declared[];
  after: Declared[];
  /** The steps of the second run, `same` left out, in any order. */
  steps: string[];
  /** Steps that a preview shows beside them, as it cannot know that an output will be the same. */
  unsure?: string[];
  /** Pairs of steps that must come in this order. */
  order?: [string, string][];
  /** The calls that reach the provider in the second run, in any order. */
  calls: string[];
}

const thing = (name: string, inputs: Record<string, unknown> = {}, options?: Record<string, unknown>): Declared => ({
  name,
  inputs: { key: name, ...inputs },
  options,
});

const SCENARIOS: Record<string, Scenario> = {
  "nothing changed": {
    before: [thing("still", { size: 1 })],
    after: [thing("still", { size: 1 })],
    steps: [],
    calls: [],
  },
  "a new resource": { before: [], after: [thing("fresh")], steps: ["create fresh"], calls: ["create fresh"] },
  "a changed property": {
    before: [thing("changed", { size: 1 })],
    after: [thing("changed", { size: 2 })],
    steps: ["update changed"],
    calls: ["update id-changed"],
  },
  "a property that replaces": {
    before: [thing("moved", { size: 1, replaceOn: ["size"] }), thing("leaning", { on: "<moved.made>" })],
    after: [thing("moved", { size: 2, replaceOn: ["size"] }), thing("leaning", { on: "<moved.made>" })],
    steps: ["create-replacement moved", "replace moved", "delete-replaced moved"],
    unsure: ["update leaning"],
    order: [["create-replacement moved", "delete-replaced moved"]],
    calls: ["create moved", "delete id-moved"],
  },
  "delete before replace, with dependents": {
    before: [
      thing("base", { size: 1, replaceOn: ["size"], deleteFirst: true }),
      thing("child", { of: "<base.id>", replaceOn: ["of"] }),
      thing("grandchild", { of: "<child.id>", replaceOn: ["of"] }),
      thing("friend", { of: "<base.id>" }),
      thing("follower", {}, { dependsOn: ["base"] }),
    ],
    after: [
      thing("base", { size: 2, replaceOn: ["size"], deleteFirst: true }),
      thing("child", { of: "<base.id>", replaceOn: ["of"] }),
      thing("grandchild", { of: "<child.id>", replaceOn: ["of"] }),
      thing("friend", { of: "<base.id>" }),
      thing("follower", {}, { dependsOn: ["base"] }),
    ],
    steps: ["base", "child", "grandchild"].flatMap((name) => [
      `delete-replaced ${name}`,
      `replace ${name}`,
      `create-replacement ${name}`,
    ]),
    unsure: ["update friend"],
    order: [
      ["delete-replaced grandchild", "delete-replaced child"],
      ["delete-replaced child", "delete-replaced base"],
      ["delete-replaced base", "create-replacement base"],
      ["create-replacement base", "create-replacement child"],
    ],
    calls: ["base", "child", "grandchild"].flatMap((name) => [`delete id-${name}`, `create ${name}`]),
  },
  "the option deleteBeforeReplace": {
    before: [thing("option", { size: 1, replaceOn: ["size"] }, { deleteBeforeReplace: true })],
    after: [thing("option", { size: 2, replaceOn: ["size"] }, { deleteBeforeReplace: true })],
    steps: ["delete-replaced option", "replace option", "create-replacement option"],
    order: [["delete-replaced option", "create-replacement option"]],
    calls: ["delete id-option", "create option"],
  },
  "removed, with a dependent": {
    before: [thing("trunk"), thing("leaf", { of: "<trunk.id>" })],
    after: [],
    steps: ["delete leaf", "delete trunk"],
    order: [["delete leaf", "delete trunk"]],
    calls: ["delete id-leaf", "delete id-trunk"],
  },
  "a component and its child removed": {
    before: [{ name: "group", kind: "group", inputs: { label: "x" } }, thing("member", {}, { parent: "group" })],
    after: [],
    steps: ["delete member", "delete group"],
    order: [["delete member", "delete group"]],
    calls: ["delete id-member"],
  },
  "a component's inputs changed": {
    before: [{ name: "team", kind: "group", inputs: { label: "x" } }],
    after: [{ name: "team", kind: "group", inputs: { label: "y" } }],
    steps: ["update team"],
    calls: [],
  },
  ignoreChanges: {
    before: [thing("ignoring", { size: 1, list: [{ a: 1, b: 1 }] }, { ignoreChanges: ["size", "list[0].a"] })],
    after: [thing("ignoring", { size: 2, list: [{ a: 2, b: 1 }] }, { ignoreChanges: ["size", "list[0].a"] })],
    steps: [],
    calls: [],
  },
  replaceOnChanges: {
    before: [thing("replacing", { size: 1, silent: true }, { replaceOnChanges: ["size"] })],
    after: [thing("replacing", { size: 2, silent: true }, { replaceOnChanges: ["size"] })],
    steps: ["create-replacement replacing", "replace replacing", "delete-replaced replacing"],
    calls: ["create replacing", "delete id-replacing"],
  },
  "a provider that does not say whether anything changed": {
    before: [thing("silent", { size: 1, silent: true })],
    after: [thing("silent", { size: 2, silent: true })],
    steps: ["update silent"],
    calls: ["update id-silent"],
  },
  "aliases, also of a parent": {
    before: [
      { name: "old-parent", kind: "group", inputs: {} },
      thing("old-name", { key: "named" }),
      thing("old-parent-child", { key: "child-of-alias" }, { parent: "old-parent" }),
      thing("on-old", { of: "<old-name.id>" }),
    ],
    after: [
      { name: "new-parent", kind: "group", inputs: {}, options: { aliases: [{ name: "old-parent" }] } },
      thing("new-name", { key: "named" }, { aliases: [{ name: "old-name" }] }),
      thing("new-parent-child", { key: "child-of-alias" }, { parent: "new-parent" }),
      thing("on-old", { of: "<new-name.id>" }),
    ],
    steps: [],
    calls: [],
  },
  retainOnDelete: {
    before: [thing("retained", {}, { retainOnDelete: true })],
    after: [],
    steps: ["delete retained"],
    calls: [],
  },
  deletedWith: {
    before: [thing("whole"), thing("part", {}, { deletedWith: "whole" })],
    after: [],
    steps: ["delete part", "delete whole"],
    calls: ["delete id-whole"],
  },
  replaceWith: {
    before: [thing("leader", { size: 1, replaceOn: ["size"] }), thing("led", {}, { replaceWith: ["leader"] })],
    after: [thing("leader", { size: 2, replaceOn: ["size"] }), thing("led", {}, { replaceWith: ["leader"] })],
    steps: ["leader", "led"].flatMap((name) => [
      `create-replacement ${name}`,
      `replace ${name}`,
      `delete-replaced ${name}`,
    ]),
    calls: ["leader", "led"].flatMap((name) => [`create ${name}`, `delete id-${name}`]),
  },
  replacementTrigger: {
    before: [thing("triggered", {}, { replacementTrigger: "one" })],
    after: [thing("triggered", {}, { replacementTrigger: "two" })],
    steps: ["create-replacement triggered", "replace triggered", "delete-replaced triggered"],
    calls: ["create triggered", "delete id-triggered"],
  },
  "protect, without a need to delete": {
    before: [thing("protected", { size: 1 }, { protect: true })],
    after: [thing("protected", { size: 2 }, { protect: true })],
    steps: ["update protected"],
    calls: ["update id-protected"],
  },
  "a secret changed": {
    before: [thing("secretive", { password: { secret: "first-secret" } })],
    after: [thing("secretive", { password: { secret: "second-secret" } })],
    steps: ["update secretive"],
    calls: ["update id-secretive"],
  },
  "a resource that is read": {
    before: [{ name: "outside", id: "elsewhere" }],
    after: [{ name: "outside", id: "elsewhere" }],
    steps: ["read outside"],
    calls: [],
  },
};

const OUTPUTS = { id: "<still.id>", password: "<secretive.password>" };
const all = (which: "before" | "after"): Program => ({
  resources: Object.values(SCENARIOS).flatMap((scenario) => scenario[which]),
  outputs: OUTPUTS,
});

const namesOf = (scenario: Scenario) => new Set([...scenario.before, ...scenario.after].map(({ name }) => name));
const stepsOf = (result: EngineResult, names: Set<string>) =>
  result.steps.filter(({ op, name }) => op !== "same" && names.has(name)).map(({ op, name }) => `${op} ${name}`);

for (const engine of enginesHere()) {
  describe(`${engine.name} engine: a program changes`, function () {
    this.timeout(120_000);
    let project: TestProject;
    let preview: EngineResult;
    let result: EngineResult;
    let calls: string[];

    before(async () => {
      project = makeProject();
      project.write(all("before"));
      await engine.up(project.options);
      project.calls();
      project.write(all("after"));
      preview = await engine.preview(project.options);
      assert.deepEqual(project.calls(), [], "a preview changes nothing");
      result = await engine.up(project.options);
      calls = project.calls();
    });
    after(() => project.remove());

    for (const [title, scenario] of Object.entries(SCENARIOS)) {
      it(title, () => {
        const names = namesOf(scenario);
        const steps = stepsOf(result, names);
        assert.deepEqual(steps.toSorted(), scenario.steps.toSorted(), "steps");
        const previewed = [...scenario.steps, ...(scenario.unsure ?? [])];
        assert.deepEqual(stepsOf(preview, names).toSorted(), previewed.toSorted(), "previewed steps");
        for (const [first, second] of scenario.order ?? []) {
          assert.ok(steps.indexOf(first) < steps.indexOf(second), `${first} comes before ${second}: ${steps}`);
        }
        const keys = new Set(
          [...scenario.before, ...scenario.after].map(({ name, inputs }) => String(inputs?.key ?? name)),
        );
        const own = calls.filter((call) => keys.has((call.split(" ")[1] ?? "").replace(/^id-/, "")));
        assert.deepEqual(own.toSorted(), scenario.calls.toSorted(), "calls");
      });
    }

    it("counts a replacement once", () => {
      const counted = ({ changes: { same: _, ...rest } }: EngineResult) => rest;
      assert.deepEqual(counted(result), { create: 1, replace: 9, delete: 7, update: 5 });
      assert.deepEqual(counted(preview), { create: 1, replace: 9, delete: 7, update: 7 });
    });

    it("gives outputs with secrets masked, and the configuration to the program", () => {
      assert.deepEqual(result.outputs, { greeting: "hello", id: "id-still", password: "[secret]" });
    });

    it("keeps secrets out of events and state", async () => {
      const state = await engine.exportStack(project.options);
      assert.doesNotMatch(JSON.stringify([result, preview, state]), /(first|second)-secret/);
    });

    it("changes nothing when it is run again", async () => {
      const again = await engine.up(project.options);
      const { same: _, ...counted } = again.changes;
      assert.deepEqual(counted, {});
      assert.deepEqual(project.calls(), []);
    });

    it("refreshes: takes drift, forgets what is gone", async () => {
      project.touch("drift-id-still");
      project.touch("gone-id-changed");
      const refreshed = await engine.refresh(project.options);
      const { same: _, ...counted } = refreshed.changes;
      assert.deepEqual(counted, { update: 1, delete: 1 });
      const next = await engine.preview(project.options);
      assert.deepEqual(stepsOf(next, new Set(["still", "changed"])).toSorted(), ["create changed", "update still"]);
    });

    it("refuses to delete what is protected, names it, and keeps it", async () => {
      project.write({ resources: [] });
      await assert.rejects(engine.preview(project.options), /protected/);
      project.write({ resources: [thing("protected", { size: 2 }, { protect: false })] });
      await engine.up(project.options);
    });

    it("destroys", async () => {
      const destroyed = await engine.destroy(project.options);
      assert.deepEqual(destroyed.changes, { delete: 2 });
      assert.deepEqual((await engine.exportStack(project.options)).deployment.resources ?? [], []);
    });
  });

  describe(`${engine.name} engine: something fails`, function () {
    this.timeout(60_000);
    let project: TestProject;
    beforeEach(() => {
      project = makeProject();
    });
    afterEach(() => project.remove());

    const failing = async (program: Program, operation: "preview" | "up" = "up"): Promise<EngineError> => {
      project.write(program);
      let failure: EngineError | undefined;
      await engine[operation](project.options).catch((error: EngineError) => {
        failure = error;
      });
      assert.ok(failure, "it must fail");
      assert.equal(failure.constructor.name, "EngineError", String(failure.stack));
      return failure;
    };
    const idsInState = async () => {
      const { deployment } = await engine.exportStack(project.options);
      const resources = (deployment.resources ?? []) as { id?: string; type: string; initErrors?: string[] }[];
      return resources.filter(({ type }) => type.startsWith("pulumi-nodejs:")).map(({ id }) => id);
    };

    it("a check: one error for each property, and nothing is made", async () => {
      const { message, result } = await failing({ resources: [thing("wrong", { size: "invalid", label: "invalid" })] });
      assert.match(message, /wrong/);
      const errors = result?.diagnostics.filter(({ severity }) => severity === "error") ?? [];
      for (const property of ["size", "label"]) {
        assert.ok(
          errors.some(({ message }) => message.includes("wrong") && message.includes(property)),
          property,
        );
      }
      assert.deepEqual(project.calls(), []);
    });

    it("a create: what was made before is kept, and the next run goes on", async () => {
      const resources = [
        thing("good"),
        thing("bad", { failOn: "create", of: "<good.id>" }),
        thing("next", { of: "<bad.id>" }),
      ];
      const { message } = await failing({ resources });
      assert.match(message, /create does not work/);
      assert.deepEqual(await idsInState(), ["id-good"]);
      project.write({ resources: resources.map((resource) => thing(resource.name)) });
      const { changes } = await engine.up(project.options);
      assert.equal(changes.create, 2);
    });

    it("a create half-way: the object is recorded", async () => {
      const { message } = await failing({ resources: [thing("half", { failOn: "init" })] });
      assert.match(message, /never became ready|half made/);
      assert.deepEqual(await idsInState(), ["id-half"]);
    });

    it("the program: it says why, and nothing is deleted", async () => {
      project.write({ resources: [thing("kept")] });
      await engine.up(project.options);
      const { message } = await failing({ resources: [], throws: "no such luck" });
      assert.match(message, /no such luck/);
      assert.deepEqual(await idsInState(), ["id-kept"]);
    });

    it("two resources of one name", async () => {
      const { message } = await failing({ resources: [thing("twin"), thing("twin")] }, "preview");
      assert.match(message, /Duplicate resource URN .*twin/);
    });
  });
}
