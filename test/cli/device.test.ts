/** `device --timeline`: a device's ten steps to company mail (C2). */
import assert from "node:assert/strict";
import type { SimulationStatus } from "../../provider/tenant/services/simulationStatus";
import type { TimelineStep } from "../../provider/tenant/services/timeline";
import { startTenant, type TestTenant } from "../../provider/testing";
import { makeProject, type Project } from "./project";

const headers = { "content-type": "application/json", authorization: "Bearer test" };

describe("device", function () {
  this.timeout(60_000);
  let project: Project;
  let tenant: TestTenant;
  before(async () => {
    project = await makeProject({});
    tenant = await startTenant();
    const status = (await (await tenant.fetch("/simulation/status", { headers })).json()) as SimulationStatus;
    const { mailbox } = status.exchangeOrganizations[0]!.records[0]!;
    const sent = { mailbox, deviceId: "UNKNOWN1", deviceType: "iPhone", deviceModel: "iPhone12C1" };
    const tried = await tenant.fetch("/simulation/mailAttempts", {
      method: "POST",
      body: JSON.stringify(sent),
      headers,
    });
    assert.equal(tried.status, 200);
  });
  after(async () => {
    await tenant.close();
    project.remove();
  });

  const device = (...args: string[]) => ["device", ...args, "--endpoint", tenant.url];

  it("shows each step with its time", async () => {
    const { code, stdout } = await project.run(device("UNKNOWN1", "--timeline"));
    assert.equal(code, 0);
    assert.match(stdout, /^step +time/);
    assert.match(stdout, /^ +1 {2}2020-03-02T08:00:00Z {2}tries to reach a mailbox/m);
  });

  it("gives them as a document", async () => {
    const { value } = await project.json<{ value: TimelineStep[] }>(device("UNKNOWN1", "--timeline", "--json"));
    assert.deepEqual(
      value.map(({ step, event, rule }) => [step, event, rule]),
      [[1, "mailAttempted", "C2"]],
    );
  });

  const refusals: [name: string, args: string[], code: number, says: RegExp][] = [
    ["a device that nobody knows", ["NOBODY", "--timeline"], 1, /No device has the id, name or EAS id 'NOBODY'/],
    ["no device", ["--timeline"], 2, /missing required argument 'device'/],
    ["nothing to show", ["UNKNOWN1"], 2, /--timeline/],
  ];
  for (const [name, args, code, says] of refusals) {
    it(`refuses ${name}`, async () => {
      const ran = await project.run(device(...args));
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, says);
    });
  }
});
