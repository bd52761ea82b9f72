/** Nothing unknown is answered with 200: addresses, options and links that look right and are not. */
import assert from "node:assert/strict";
import type { Tenant } from "../../provider/tenant";
import { ask, errorProblems } from "./client";
import { configurationsPath, deploy, fewTypes, openCompany } from "./company";

let tenant: Tenant;
let ids: Record<string, string>;
const profile = () => `${configurationsPath}/${ids.iosEasEmailProfileConfiguration}`;
const type = "microsoft.graph.iosEasEmailProfileConfiguration";

const options: [what: string, target: () => string][] = [
  ["a count that is neither true nor false", () => "/beta/users?$count=maybe"],
  ["a count of computed items", () => `/beta${profile()}/assignments?$count=1`],
  ["an option in capitals", () => "/beta/users?$TOP=1"],
  ["an option twice, once without $", () => "/beta/users?$top=1&top=2"],
  ["a property of beta, in v1.0", () => "/v1.0/deviceManagement/managedDevices?$select=joinType"],
  ["a property of another type", () => `/beta${configurationsPath}?$select=hostName`],
  ["a type of beta in a filter, in v1.0", () => `/v1.0${configurationsPath}?$filter=isof('${type}')`],
  [
    "a type that no configuration has, in a filter",
    () => `/beta${configurationsPath}?$filter=isof('microsoft.graph.nope')`,
  ],
  ["a negative number of items", () => `/beta${configurationsPath}?$top=-1`],
  ["an option of collections, of one", () => `/beta${profile()}?$top=1`],
  ["an expansion that is none", () => `/beta${profile()}?$expand=hostName`],
];

const addresses: [what: string, target: () => string][] = [
  ["a type of beta in the address, in v1.0", () => `/v1.0${profile()}/${type}`],
  ["the same of the collection", () => `/v1.0${configurationsPath}/${type}`],
  ["a type that it does not derive from", () => `/beta${configurationsPath}/microsoft.graph.user`],
  ["a number of one", () => `/beta${profile()}/$count`],
  ["a property by itself", () => `/beta${profile()}/displayName`],
  ["a key without quotes in parentheses", () => "/beta/users(ada)"],
  ["a key of what has none", () => "/beta/deviceManagement/conditionalAccessSettings('x')"],
  ["what only beta has", () => "/v1.0/deviceManagement/exchangeOnPremisesPolicy"],
];

const links: [what: string, address: unknown][] = [
  ["no text", 1],
  ["nothing", null],
  ["a percent sign that begins nothing", "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('%')"],
  ["bytes that are no UTF-8", "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations/%c0%af"],
  ["another collection", "https://graph.microsoft.com/beta/users('ada@contoso.example')"],
  ["no key", "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations"],
  ["an empty key", "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('')"],
];

describe("refusals", () => {
  before(() => {
    tenant = openCompany();
    ids = deploy(tenant, fewTypes);
  });
  after(() => tenant.close());

  const refused = (method: string, target: string, body?: unknown) => {
    const answer = ask(tenant, method, target, body);
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    assert.deepEqual(errorProblems(answer), []);
  };

  for (const [what, target] of [...options, ...addresses]) it(what, () => refused("GET", target()));

  for (const [what, address] of links) {
    it(`a link to ${what}`, () => {
      refused("PUT", `/beta${profile()}/identityCertificate/$ref`, { "@odata.id": address });
      refused("PATCH", `/beta${profile()}`, { "@odata.type": `#${type}`, "identityCertificate@odata.bind": address });
    });
  }

  const accepted: [what: string, address: (id: string) => string][] = [
    [
      "quotes that are encoded",
      (id) => `https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations(%27${id}%27)`,
    ],
    ["no host", (id) => `deviceManagement/deviceConfigurations('${id}')`],
    ["another host and a key that is a segment", (id) => `http://x/y/deviceManagement/deviceConfigurations/${id}/`],
  ];
  for (const [what, address] of accepted) {
    it(`but not a link with ${what}`, () => {
      const body = { "@odata.id": address(ids.iosScepCertificateProfile!) };
      const answer = ask(tenant, "PUT", `/beta${profile()}/identityCertificate/$ref`, body);
      assert.equal(answer.status, 204, JSON.stringify(answer.body));
    });
  }
});
