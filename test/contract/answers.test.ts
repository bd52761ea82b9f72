/** Every answer to a GET of every route, in a company that has all of it, held to Microsoft's metadata. */
import assert from "node:assert/strict";
import type { Tenant } from "../../provider/tenant";
import type { Route } from "../../provider/tenant/route";
import { routes } from "../../provider/tenant/routes";
import { answerProblems } from "./answers";
import { ask } from "./client";
import { configurationsPath, deploy, groupOf, openCompany } from "./company";
import { navigationsOf, type Version } from "./model";

let tenant: Tenant;
let deployed: ReturnType<typeof deploy>;

const first = (target: string): string => ask(tenant, "GET", target).body.value[0].id;
const one = (id: string) => `${configurationsPath}/${id}`;
const contained = (name: string) => () => `${one(deployed.iosEasEmailProfileConfiguration!)}/${name}`;
const itemOf = (collection: () => string) => () => {
  const { body } = ask(tenant, "GET", `/beta${collection()}`);
  return `${collection()}/${encodeURIComponent(body.value[0].id)}`;
};

const device = () => first("/beta/deviceManagement/managedDevices");
const connector = () => first("/beta/deviceManagement/exchangeConnectors");
const app = () => first("/beta/deviceAppManagement/mobileApps");
const everyone = () => groupOf(tenant, "All mail users");

/** Addresses of each route whose path has a name in it; one that is not here fails. */
const examples: Record<string, () => string | string[]> = {
  [`${configurationsPath}/:id`]: () => Object.values(deployed).map(one),
  [`${configurationsPath}/:id/:navigation`]: contained("identityCertificate"),
  [`${configurationsPath}/:id/managedDeviceCertificateStates`]: () =>
    `${one(deployed.iosScepCertificateProfile!)}/managedDeviceCertificateStates`,
  [`${configurationsPath}/:id/derivedCredentialSettings`]: contained("derivedCredentialSettings"),
  [`${configurationsPath}/:id/assignments`]: contained("assignments"),
  [`${configurationsPath}/:id/assignments/:assignmentId`]: itemOf(contained("assignments")),
  [`${configurationsPath}/:id/groupAssignments`]: contained("groupAssignments"),
  [`${configurationsPath}/:id/groupAssignments/:assignmentId`]: itemOf(contained("groupAssignments")),
  [`${configurationsPath}/:id/groupAssignments/:assignmentId/deviceConfiguration`]: () =>
    `${itemOf(contained("groupAssignments"))()}/deviceConfiguration`,
  [`${configurationsPath}/:id/deviceStatuses`]: contained("deviceStatuses"),
  [`${configurationsPath}/:id/deviceStatuses/:statusId`]: itemOf(contained("deviceStatuses")),
  [`${configurationsPath}/:id/userStatuses`]: contained("userStatuses"),
  [`${configurationsPath}/:id/userStatuses/:statusId`]: itemOf(contained("userStatuses")),
  [`${configurationsPath}/:id/deviceSettingStateSummaries`]: contained("deviceSettingStateSummaries"),
  [`${configurationsPath}/:id/deviceStatusOverview`]: contained("deviceStatusOverview"),
  [`${configurationsPath}/:id/userStatusOverview`]: contained("userStatusOverview"),
  "/deviceManagement/derivedCredentials/:id": itemOf(() => "/deviceManagement/derivedCredentials"),
  "/deviceManagement/managedDevices/:id": itemOf(() => "/deviceManagement/managedDevices"),
  "/deviceManagement/managedDevices/:id/deviceConfigurationStates": () =>
    `/deviceManagement/managedDevices/${device()}/deviceConfigurationStates`,
  "/deviceManagement/managedDevices/:id/users": () => `/deviceManagement/managedDevices/${device()}/users`,
  "/deviceAppManagement/mobileApps/:id": () => `/deviceAppManagement/mobileApps/${app()}`,
  "/deviceAppManagement/mobileApps/:id/assignments": () => `/deviceAppManagement/mobileApps/${app()}/assignments`,
  "/deviceAppManagement/mobileApps/:id/assignments/:assignmentId": itemOf(
    () => `/deviceAppManagement/mobileApps/${app()}/assignments`,
  ),
  "/deviceManagement/exchangeOnPremisesPolicies/:id": itemOf(() => "/deviceManagement/exchangeOnPremisesPolicies"),
  "/deviceManagement/exchangeOnPremisesPolicies/:id/conditionalAccessSettings": () =>
    `${itemOf(() => "/deviceManagement/exchangeOnPremisesPolicies")()}/conditionalAccessSettings`,
  "/users/:id": () => "/users/ada@contoso.example",
  "/users/:id/memberOf": () => "/users/ada@contoso.example/memberOf",
  "/users/:id/transitiveMemberOf": () => "/users/ada@contoso.example/transitiveMemberOf",
  "/users/:id/managedDevices": () => "/users/ada@contoso.example/managedDevices",
  "/groups/:id": () => `/groups/${everyone()}`,
  "/groups/:id/members": () => `/groups/${everyone()}/members`,
  "/groups/:id/transitiveMembers": () => [
    `/groups/${everyone()}/transitiveMembers`,
    `/groups/${groupOf(tenant, "Shared tablets")}/transitiveMembers`,
  ],
  "/groups/:id/memberOf": () => `/groups/${groupOf(tenant, "iPhone users")}/memberOf`,
  "/groups/:id/transitiveMemberOf": () => `/groups/${groupOf(tenant, "iPhone users")}/transitiveMemberOf`,
  "/groups/:id/owners": () => `/groups/${everyone()}/owners`,
  "/directoryObjects/:id": () => `/directoryObjects/${everyone()}`,
  "/deviceManagement/exchangeConnectors/:id": () => `/deviceManagement/exchangeConnectors/${connector()}`,
};

/** Collections that are empty in the company, as nothing of it can fill them. */
const empty = new Set(["/groups/:id/owners", `${configurationsPath}/:id/deviceSettingStateSummaries`]);
/** Types of which Graph answers only some properties unasked, or of which the extract has only part. */
const partial =
  /^(Collection\()?(user|group|directoryObject|mobileApp|device|deviceManagement|deviceAppManagement)\)?$/;

const read = routes.filter(({ method, answers }) => method === "GET" && answers !== undefined);

function targets({ path }: Route): string[] {
  const example = examples[path];
  if (!example) assert.ok(!path.includes(":"), `${path} needs an example in this test`);
  return example ? [example()].flat() : [path];
}

const versionsOf = ({ versions }: Route) => versions.filter((version): version is Version => version !== "simulation");

/** Everything that is wrong with the answers of a route in a version. */
function problemsOf(route: Route, version: Version, options: string, whole: boolean, headers = {}): string[] {
  return targets(route).flatMap((target) => {
    const { status, body } = ask(tenant, "GET", `/${version}${target}${options}`, undefined, headers);
    if (status !== 200) return [`${target}: ${status} ${JSON.stringify(body)}`];
    if (body.value?.length === 0 && !empty.has(route.path)) return [`${target}: is empty, which shows nothing`];
    return answerProblems(body, route.answers!, { version, whole }).map((problem) => `${target}${problem}`);
  });
}

describe("answers", () => {
  before(() => {
    tenant = openCompany();
    deployed = deploy(tenant);
  });
  after(() => tenant.close());

  for (const route of read) {
    for (const version of versionsOf(route)) {
      it(`${version}${route.path} answers ${route.answers}`, () => {
        assert.deepEqual(problemsOf(route, version, "", !partial.test(route.answers!)), []);
      });
    }
  }

  it("the answers with all metadata are the same, with types and links", () => {
    const headers = { accept: "application/json;odata.metadata=full" };
    assert.deepEqual(
      read.flatMap((route) => versionsOf(route).flatMap((version) => problemsOf(route, version, "", false, headers))),
      [],
    );
  });

  it("every navigation property that can be expanded expands to what its own address answers", () => {
    const one = read.filter(({ answers, path }) => !answers!.startsWith("Collection(") && /^[^:]*\/:id$/.test(path));
    const problems = one.flatMap((route) =>
      versionsOf(route).flatMap((version) =>
        navigationsOf(route.answers!).flatMap(({ name }) => {
          const target = `/${version}${targets(route)[0]}`;
          const own = ask(tenant, "GET", `${target}/${name}`);
          const { status, body } = ask(tenant, "GET", `${target}?$expand=${name}`);
          // What cannot be read by its own address cannot be expanded either.
          if (own.status !== 200) return status === 400 || body[name] === null ? [] : [`${target} expands ${name}`];
          const { "@odata.context": _, "@odata.nextLink": __, ...alone } = own.body;
          const wanted = JSON.stringify(Array.isArray(alone.value) ? alone.value : alone);
          return JSON.stringify(body[name]) === wanted ? [] : [`${target}/${name}: ${JSON.stringify(body)}`];
        }),
      ),
    );
    assert.deepEqual(problems, []);
  });

  it("every example is one of a route", () => {
    const paths = read.map(({ path }) => path);
    assert.deepEqual(
      Object.keys(examples).filter((path) => !paths.includes(path)),
      [],
    );
  });

  for (const [options, what] of [
    ["?$count=true&$top=2", "a first page with a count"],
    ["?$select=id", "one property"],
  ] as const) {
    it(`collections give ${what}: ${options}`, () => {
      const collections = read.filter(({ answers, path }) => answers!.startsWith("Collection(") && !empty.has(path));
      assert.deepEqual(
        collections.flatMap((route) =>
          versionsOf(route).flatMap((version) => problemsOf(route, version, options, false)),
        ),
        [],
      );
    });
  }
});
