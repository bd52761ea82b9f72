/** Names that somebody has already: found wherever they are in the tenant, told with their id, adopted when asked (E3). */
import assert from "node:assert/strict";
import type { Send } from "../../provider/graph/client";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceManagement/deviceConfigurations";

/** A service that gives two at a time, and ignores filters, as Intune does with some. */
const inSmallPages =
  (send: Send): Send =>
  (request) => {
    const url = new URL(request.url);
    if (url.pathname.endsWith("/deviceConfigurations")) {
      url.searchParams.set("$top", "2");
      url.searchParams.delete("$filter");
    }
    return send(request.method === "GET" ? new Request(url, { headers: request.headers }) : request);
  };

describe("names of email profiles (E3)", () => {
  let tenant: Rehearsal;
  let run: Rehearsal;
  beforeEach(async () => {
    tenant = rehearse();
    run = rehearse(inSmallPages, tenant.tenant);
    for (let index = 0; index < 7; index++) await made(`Mail ${index}`);
  });
  afterEach(() => tenant.close());

  async function made(displayName: string): Promise<string> {
    const { outs: _, ...result } = await tenant.cycle("EmailProfile").create(profileInputs("ios", { displayName }));
    return result.id;
  }

  const failures = async (displayName: string, over = {}) => {
    const found = await run.cycle("EmailProfile").check({}, profileInputs("ios", { displayName, ...over }));
    return (found.failures ?? []).map(({ property, reason }) => `${property} ${reason}`);
  };

  it("are found on the last page, at preview and at create, with the id and what to do", async () => {
    const id = await made("Last");
    const says = new RegExp(`^displayName is "Last", which ${id} \\(#microsoft\\.graph\\.iosEas.*adopt: true.*alias`);
    const [failure, ...others] = await failures("Last");
    assert.match(failure ?? "", says);
    assert.deepEqual(others, []);
    const create = async () => run.cycle("EmailProfile").create(profileInputs("ios", { displayName: "Last" }));
    await assert.rejects(create, new RegExp(`${id}.*adopt: true`));
  });

  it("that only begin alike are others", async () => {
    assert.deepEqual(await failures("Mail"), []);
    assert.deepEqual(await failures("Mail 10"), []);
  });

  it("of what is no email profile are in nobody's way", async () => {
    const body = {
      "@odata.type": "#microsoft.graph.iosTrustedRootCertificate",
      displayName: "Root",
      trustedRootCertificate: "QQ==",
    };
    assert.ok((await tenant.raw("POST", collection, body)).id);
    assert.deepEqual(await failures("Root"), []);
  });

  it("that became free since the run began are free", async () => {
    const id = await made("Freed");
    assert.deepEqual(await failures("Mail"), []);
    await tenant.raw("DELETE", `${collection}/${id}`);
    assert.deepEqual(await failures("Freed"), []);
  });

  it("that were taken since the run began are refused at create", async () => {
    assert.deepEqual(await failures("Taken"), []);
    const id = await made("Taken");
    const create = async () => run.cycle("EmailProfile").create(profileInputs("ios", { displayName: "Taken" }));
    await assert.rejects(create, new RegExp(id));
  });

  it("that several have cannot be adopted: said at preview and at create, with their ids", async () => {
    const id = await made("Twins");
    const { "@odata.context": _, ...twin } = await tenant.raw("GET", `${collection}/${id}`);
    const { id: other } = await tenant.raw("POST", collection, { ...twin, id: undefined });
    assert.ok(other && other !== id, "Graph does not mind");
    const says = new RegExp(`cannot be adopted: several have it \\(${id}, ${other}\\)`);
    assert.match((await failures("Twins", { adopt: true }))[0] ?? "", says);
    const inputs = profileInputs("ios", { displayName: "Twins", adopt: true });
    await assert.rejects(async () => run.cycle("EmailProfile").create(inputs), says);
  });

  it("may be adopted without being there: then the profile is made", async () => {
    assert.deepEqual(await failures("New", { adopt: true }), []);
    const { id } = await run.cycle("EmailProfile").create(profileInputs("ios", { displayName: "New", adopt: true }));
    assert.equal((await tenant.raw("GET", `${collection}/${id}`)).displayName, "New");
  });
});
