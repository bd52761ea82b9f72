/** A tenant whose process is killed at any write, and one that many programs use at once. */
import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { serveTenant } from "../../provider/tenant";
import { fingerprint, historyLength, openHistory, runHistory } from "./history";
import { expect, type Left, work } from "./manyClients";
import { callsOf, configurations } from "./world";

interface Ended {
  signal: NodeJS.Signals | null;
  /** What the process said that was done. */
  lines: string[];
}

const run = (data: string, at: number, side: string): Promise<Ended> =>
  new Promise((resolve) => {
    const args = ["--require", "tsx/cjs", join(__dirname, "historyKilled.ts"), data, String(at), side];
    const child = execFile(process.execPath, args, (_error, stdout) =>
      resolve({ signal: child.signalCode, lines: stdout.split("\n").filter(Boolean) }),
    );
  });

describe("a tenant killed with -9", () => {
  const folders: string[] = [];
  const folder = async () => {
    folders.push(await mkdtemp(join(tmpdir(), "tenant-")));
    return folders.at(-1)!;
  };
  after(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))));

  /** The tenant after each number of steps, as it is without a kill. */
  const whole: string[] = [];
  let writes = 0;
  before(async () => {
    const tenant = openHistory();
    whole.push(fingerprint(tenant));
    await runHistory(tenant, 0, () => whole.push(fingerprint(tenant)));
    tenant.close();
    const { lines } = await run(await folder(), 0, "never");
    writes = Number(/^writes (\d+)$/.exec(lines.at(-1) ?? "")?.[1]);
  });

  it("has a history in which each step changes it, and a reset makes it new", () => {
    assert.equal(new Set(whole).size, historyLength - 1);
    assert.deepEqual(whole.slice(-2), whole.slice(0, 2));
    assert.ok(writes > 200, `${writes} writes`);
  });

  // The points are drawn from a fixed number, so that a failure can be seen again.
  const points = fc.sample(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom("before", "after")), {
    numRuns: 12,
    seed: 20,
  });
  for (const [share, side] of points) {
    it(`${side} a write, ${Math.round(share * 100)} % through the history, loses nothing and tears nothing`, async () => {
      const data = await folder();
      const at = 1 + Math.floor(share * (writes - 1));
      const { signal, lines } = await run(data, at, side);
      assert.equal(signal, "SIGKILL", `write ${at} of ${writes}`);
      const tenant = openHistory(data);
      const { db } = tenant.context;
      assert.deepEqual(
        db.all("PRAGMA integrity_check").map((row) => ({ ...row })),
        [{ integrity_check: "ok" }],
      );
      assert.deepEqual(db.all("PRAGMA foreign_key_check"), []);
      const done = Number(lines.at(-1) ?? 0);
      const found = [done, done + 1].find((steps) => whole[steps] === fingerprint(tenant));
      assert.notEqual(found, undefined, `the file is neither as after ${done} steps nor as after ${done + 1}`);
      await runHistory(tenant, found!, () => {});
      assert.equal(fingerprint(tenant), whole.at(-1));
      tenant.close();
    });
  }
});

describe("a tenant that eight programs use at once", () => {
  it("loses nothing, and is never seen half changed", async () => {
    const data = await mkdtemp(join(tmpdir(), "tenant-"));
    const tenant = openHistory(data);
    const served = await serveTenant(tenant);
    try {
      const world = callsOf((request) => fetchFrom(served.url, request));
      const torn: unknown[] = [];
      let reads = 0;
      let working = true;
      const watch = async () => {
        while (working) {
          const { value } = expect(200, await world.get(`${configurations}?$expand=assignments&$top=999`));
          reads++;
          for (const row of value) {
            if (row.displayName !== row.accountName || ![0, 2].includes(row.assignments.length)) torn.push(row);
          }
        }
      };
      const watching = watch();
      const clients = [1, 2, 3, 4].flatMap((number) => [work(world, `http${number}`), onFile(data, `file${number}`)]);
      const left: Left = Object.assign({}, ...(await Promise.all(clients)));
      working = false;
      await watching;
      assert.deepEqual(torn, []);
      assert.ok(reads > 10, `${reads} reads`);
      const { value } = expect(200, await world.get(`${configurations}?$expand=assignments&$top=999`));
      const found = value.map(({ id, displayName, hostName, assignments }: Record<string, unknown[]>) => [
        id,
        { displayName, hostName, groups: assignments!.length },
      ]);
      assert.equal(Object.keys(left).length, 64);
      assert.deepEqual(Object.fromEntries(found), left);
    } finally {
      await served.close();
      tenant.close();
      await rm(data, { recursive: true });
    }
  });
});

/** What `fetch` would send to the tenant in process goes to it over HTTP. */
const fetchFrom = (url: string, request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(url + pathname + search, request));
};

/** A client in a process of its own, which opens the file and not the server. */
const onFile = (data: string, client: string): Promise<Left> =>
  new Promise((resolve, reject) => {
    const child = fork(join(__dirname, "manyClients.ts"), [data, client], { execArgv: ["--require", "tsx/cjs"] });
    child.once("message", (left) => resolve(left as Left));
    child.once("exit", (code) => reject(new Error(`The client ${client} ended with ${code} and said nothing.`)));
  });
