/** Each type of Microsoft's metadata that can be written: made, read, changed property by property, and refused. */
import assert from "node:assert/strict";
import type { Tenant } from "../../provider/tenant";
import { type Answered, ask, errorProblems, messageOf } from "./client";
import { configurationsPath, connectorBody, groupOf, make, openCompany } from "./company";
import { concreteTypesOf, inVersion, type Property, propertiesOf, type Version } from "./model";
import { bodyOf, legal, type Wrong, wrong } from "./values";

interface Resource {
  type: string;
  versions: readonly Version[];
  /** Where one is made; absent: there is one already, and no other. */
  collection?: string;
  /** Where the one is that is read and changed. */
  one(id: string): string;
  /** What is sent beside the properties. */
  beside?: object;
  /** Only the service writes these: a value is looked at and dropped. */
  owned: readonly string[];
  /** These can be read only, or given once: changing them is refused. */
  fixed?: readonly string[];
  /** Properties whose values must be more than of the right type, with two that are. */
  instead?: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** These must be given when one is made. */
  required: readonly string[];
  /** Status of a change; the directory answers with nothing. */
  patched: 200 | 204 | "never";
}

let tenant: Tenant;
/** The type that a resource is written as, in versions that have it. */
const propertiesIn = ({ type }: Resource, version: Version) =>
  propertiesOf(type, version).filter(({ name }) => name !== "id");

const writable = (resource: Resource, version: Version): Property[] =>
  propertiesIn(resource, version).filter(
    ({ name }) => !resource.owned.includes(name) && !resource.fixed?.includes(name),
  );

const configurationOwned = ["createdDateTime", "lastModifiedDateTime", "version", "supportsScopeTags"];
/** .NET gives a missing Boolean `false` and a missing collection nothing; a missing anything else is refused. */
const requiredOf = (type: string, owned: readonly string[]): string[] =>
  propertiesOf(type)
    .filter(({ nullable, type: of }) => !nullable && of !== "Edm.Boolean" && !of.startsWith("Collection("))
    .map(({ name }) => name)
    .filter((name) => name !== "id" && !owned.includes(name));

const configurations = concreteTypesOf("deviceConfiguration").map(
  (type): Resource => ({
    type,
    versions: ["beta"],
    collection: configurationsPath,
    one: (id) => `${configurationsPath}/${id}`,
    owned: configurationOwned,
    required: requiredOf(type, configurationOwned),
    patched: 200,
  }),
);

/** Types whose values refer to something; it exists only once the tenant is open. */
function otherResources(): Resource[] {
  const [group, other] = [groupOf(tenant, "iPhone users"), groupOf(tenant, "Samsung users")];
  const profile = make(tenant, `/beta${configurationsPath}`, bodyOf("iosEasEmailProfileConfiguration", "beta", 0));
  const target = (filter: string, type: string) => ({
    "@odata.type": "#microsoft.graph.groupAssignmentTarget",
    groupId: group,
    deviceAndAppManagementAssignmentFilterId: filter,
    deviceAndAppManagementAssignmentFilterType: type,
  });
  return [
    {
      type: "deviceConfigurationAssignment",
      versions: ["beta"],
      collection: `${configurationsPath}/${profile}/assignments`,
      one: (id) => `${configurationsPath}/${profile}/assignments/${id}`,
      owned: ["source", "sourceId"],
      // Without an intent, an assignment is to be applied.
      instead: { target: [target("a", "include"), target("b", "exclude")], intent: ["apply", "remove"] },
      required: ["target"],
      patched: 200,
    },
    {
      type: "deviceConfigurationGroupAssignment",
      versions: ["beta"],
      collection: `${configurationsPath}/${profile}/groupAssignments`,
      one: (id) => `${configurationsPath}/${profile}/groupAssignments/${id}`,
      owned: [],
      instead: { targetGroupId: [other, other] },
      required: [],
      patched: "never",
    },
    {
      type: "deviceManagementExchangeConnector",
      versions: ["beta", "v1.0"],
      collection: "/deviceManagement/exchangeConnectors",
      one: (id) => `/deviceManagement/exchangeConnectors/${id}`,
      beside: { ...connectorBody, "@classic.replaceExisting": true },
      owned: ["lastSyncDateTime", "status", "version"],
      fixed: ["exchangeOrganization", "exchangeConnectorType"],
      instead: {
        exchangeOrganization: ["Contoso Mail", "Contoso Mail"],
        exchangeConnectorType: ["onPremises", "onPremises"],
        serverName: ["cas01.contoso.example", "cas02.contoso.example"],
        primarySmtpAddress: ["mail-notifications@contoso.example", "ada.moreau@contoso.example"],
      },
      required: ["exchangeConnectorType"],
      patched: 200,
    },
    {
      type: "deviceManagementExchangeOnPremisesPolicy",
      versions: ["beta"],
      one: () => "/deviceManagement/exchangeOnPremisesPolicy",
      owned: ["knownDeviceClasses"],
      required: [],
      patched: 200,
    },
    {
      type: "onPremisesConditionalAccessSettings",
      versions: ["beta", "v1.0"],
      one: () => "/deviceManagement/conditionalAccessSettings",
      owned: [],
      instead: { includedGroups: [[group], [group, other]], excludedGroups: [[other], []] },
      required: [],
      patched: 200,
    },
    {
      type: "group",
      versions: ["beta", "v1.0"],
      collection: "/groups",
      one: (id) => `/groups/${id}`,
      owned: ["createdDateTime"],
      fixed: ["deletedDateTime", "mail", "membershipRule", "membershipRuleProcessingState", "visibility"],
      instead: { groupTypes: [[], []], mailEnabled: [false, false], securityEnabled: [true, true] },
      required: ["displayName", "mailEnabled", "mailNickname", "securityEnabled"],
      patched: 204,
    },
    {
      type: "user",
      versions: ["beta", "v1.0"],
      one: () => "/users/finn@contoso.example",
      owned: [],
      fixed: [
        "id",
        "deletedDateTime",
        "userPrincipalName",
        "assignedLicenses",
        "onPremisesDomainName",
        "onPremisesSamAccountName",
        "proxyAddresses",
      ],
      // These cannot be empty, though the metadata has them nullable.
      instead: {
        accountEnabled: [true, false],
        displayName: ["Finn", "Finn Byrne"],
        mail: ["finn@contoso.example", "finn.byrne@contoso.example"],
        mailNickname: ["finn", "finn.byrne"],
      },
      required: [],
      patched: 204,
    },
  ];
}

const onlyWritable = (resource: Resource, version: Version, body: Record<string, unknown>) => {
  const unwritable = resource.collection === undefined || resource.type === "group" ? (resource.fixed ?? []) : [];
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !unwritable.includes(name) && version !== undefined),
  );
};

const fullBody = (resource: Resource, version: Version, index: 0 | 1) => ({
  ...resource.beside,
  ...onlyWritable(resource, version, bodyOf(resource.type, version, index, resource.instead)),
});

/** Address of one of the type, made if it has to be. */
function madeOne(resource: Resource, version: Version): string {
  const { collection, one } = resource;
  if (collection === undefined) return `/${version}${one("")}`;
  return `/${version}${one(make(tenant, `/${version}${collection}`, fullBody(resource, version, 0)))}`;
}

const selectAll = (resource: Resource, version: Version) =>
  resource.type !== "user" ? "" : `?$select=${propertiesIn(resource, version).map(({ name }) => name)}`;

/** Reads every property; what is not asked for, users leave out. */
const read = (resource: Resource, version: Version, address: string) =>
  ask(tenant, "GET", `${address}${selectAll(resource, version)}`).body as Record<string, unknown>;

const sent = (value: unknown) => JSON.stringify(value)?.slice(0, 120);

function expectSame(found: unknown, wanted: unknown, what: string): string[] {
  try {
    assert.deepEqual(found, wanted);
    return [];
  } catch {
    return [`${what}: wanted ${sent(wanted)}, found ${sent(found)}`];
  }
}

/** A refusal is 400 in Graph's shape, and says which property it is about. */
function expectRefused(answer: Answered, what: string, names = ""): string[] {
  if (answer.status !== 400) return [`${what}: ${answer.status} ${sent(answer.body)}`];
  if (!messageOf(answer).includes(names)) return [`${what}: does not name ${names}: ${messageOf(answer)}`];
  return errorProblems(answer).map((problem) => `${what}: ${problem}`);
}

const noFailures = (failures: readonly string[]) =>
  assert.ok(failures.length === 0, `${failures.length} failures:\n${failures.slice(0, 40).join("\n")}`);

/** A change as clients send it: configurations of all types are in one collection, so the body says which it is. */
const change = ({ type, collection }: Resource, address: string, properties: object) =>
  ask(tenant, "PATCH", address, {
    ...(collection === configurationsPath ? { "@odata.type": `#microsoft.graph.${type}` } : {}),
    ...properties,
  });

/** A change, or a new one where there are no changes. */
const write = (resource: Resource, version: Version, address: string, properties: object) =>
  resource.patched === "never"
    ? ask(tenant, "POST", `/${version}${resource.collection}`, { ...fullBody(resource, version, 0), ...properties })
    : change(resource, address, properties);

function isMadeAndRead(resource: Resource, version: Version): string[] {
  const address = madeOne(resource, version);
  if (resource.collection === undefined) return [];
  const found = read(resource, version, address);
  return writable(resource, version).flatMap(({ name, type }) =>
    expectSame(found[name], (resource.instead?.[name] ?? legal(type, version))[0], name),
  );
}

function isChanged(resource: Resource, version: Version): string[] {
  if (resource.patched === "never") return [];
  const address = madeOne(resource, version);
  return writable(resource, version).flatMap(({ name, type, nullable }) => {
    const values: unknown[] = [...(resource.instead?.[name] ?? legal(type, version))].reverse();
    if (nullable && !resource.instead?.[name] && !resource.required.includes(name)) values.push(null, values[0]);
    return values.flatMap((value) => {
      const what = `${name} to ${sent(value)}`;
      const answer = change(resource, address, { [name]: value });
      if (answer.status !== resource.patched) return [`${what}: ${answer.status} ${sent(answer.body)}`];
      const said = answer.status === 200 ? expectSame(answer.body[name], value, `${what}, answered`) : [];
      return [...said, ...expectSame(read(resource, version, address)[name], value, `${what}, read`)];
    });
  });
}

/** A write that must change nothing is sent to make one as well as to change one. */
function refusedBoth(
  resource: Resource,
  version: Version,
  address: string,
  properties: Record<string, unknown>,
  what: string,
  named: string,
) {
  const failures =
    resource.patched === "never" ? [] : expectRefused(change(resource, address, properties), `PATCH ${what}`, named);
  if (resource.collection === undefined) return failures;
  const body = { ...fullBody(resource, version, 0), ...properties };
  return [
    ...failures,
    ...expectRefused(ask(tenant, "POST", `/${version}${resource.collection}`, body), `POST ${what}`, named),
  ];
}

function isRefused(resource: Resource, version: Version): string[] {
  const address = madeOne(resource, version);
  const before = read(resource, version, address);
  const failures = propertiesIn(resource, version).flatMap(({ name, type, nullable }) => {
    const values = [...wrong(type, version), ...(nullable ? [] : [["null", null] as Wrong])];
    return values.flatMap(([what, value, named = name]) =>
      refusedBoth(resource, version, address, { [name]: value }, `${name} is ${what}`, named),
    );
  });
  const unknown = ["nope", "__proto__x", "constructor", "toString", "hostname "].flatMap((name) =>
    refusedBoth(resource, version, address, { [name]: 1 }, `unknown ${name}`, name),
  );
  return [...failures, ...unknown, ...expectSame(read(resource, version, address), before, "after all refusals")];
}

/** Properties that the types around this one have, and this one has not. */
function siblingsAreRefused(resource: Resource, version: Version): string[] {
  const own = new Set(propertiesOf(resource.type, version).map(({ name }) => name));
  const others = new Map(
    concreteTypesOf("entity")
      .filter((name) => !/^(managedDevice|windowsManagedDevice)$/.test(name))
      .flatMap((name) => propertiesOf(name).map((each) => [each.name, each] as const))
      .filter(([name]) => !own.has(name)),
  );
  const address = madeOne(resource, version);
  return [...others.values()].flatMap(({ name, type }) =>
    expectRefused(write(resource, version, address, { [name]: legal(type)[0] }), `sibling's ${name}`, name),
  );
}

function missingIsRefused(resource: Resource, version: Version): string[] {
  return resource.required
    .filter((name) => propertiesOf(resource.type, version).some((each) => each.name === name))
    .flatMap((name) => {
      const { [name]: _, ...body } = fullBody(resource, version, 0) as Record<string, unknown>;
      return expectRefused(ask(tenant, "POST", `/${version}${resource.collection}`, body), `without ${name}`, name);
    });
}

const typeProblems = ({ collection }: Resource, version: Version): string[] => {
  if (collection === undefined) return [];
  const bodies: [string, unknown][] = [
    ["of an unknown type", { "@odata.type": "#microsoft.graph.nope" }],
    ["of another type", { "@odata.type": "#microsoft.graph.managedDevice" }],
    ["whose type is a number", { "@odata.type": 1 }],
    ["whose type has no text", { "@odata.type": { toString: {} } }],
    ["an array", []],
    ["a text", '"x"'],
    ["nothing", undefined],
  ];
  return bodies.flatMap(([what, body]) => expectRefused(ask(tenant, "POST", `/${version}${collection}`, body), what));
};

const checks = {
  "is made with every property and read": isMadeAndRead,
  "is changed property by property and read": isChanged,
  "refuses wrong values and unknown properties": isRefused,
  "refuses properties of other types": siblingsAreRefused,
  "refuses a body without what is required": missingIsRefused,
  "refuses a body of another form or type": typeProblems,
} satisfies Record<string, (resource: Resource, version: Version) => string[]>;

describe("types of the metadata", () => {
  before(() => {
    tenant = openCompany();
  });
  after(() => tenant.close());

  for (const resource of configurations) {
    describe(resource.type, () => {
      for (const [what, check] of Object.entries(checks)) it(what, () => noFailures(check(resource, "beta")));

      it("v1.0 does not have the type, and shows one as what it derives from", () => {
        assert.equal(inVersion(resource.type, "v1.0"), false);
        noFailures(
          expectRefused(ask(tenant, "POST", `/v1.0${configurationsPath}`, fullBody(resource, "v1.0", 0)), "POST"),
        );
        const id = make(tenant, `/beta${configurationsPath}`, fullBody(resource, "beta", 0));
        const { body } = ask(tenant, "GET", `/v1.0${configurationsPath}/${id}`);
        const shown = String(body["@odata.type"]).replace("#microsoft.graph.", "");
        const names = Object.keys(body).filter((name) => !name.includes("@"));
        const known = propertiesOf(shown, "v1.0").map(({ name }) => name);
        assert.deepEqual(names.sort(), known.sort());
      });
    });
  }

  const others = [
    "deviceConfigurationAssignment",
    "deviceConfigurationGroupAssignment",
    "deviceManagementExchangeConnector",
    "deviceManagementExchangeOnPremisesPolicy",
    "onPremisesConditionalAccessSettings",
    "group",
    "user",
  ];
  const resourceOf = (type: string) => otherResources().find((each) => each.type === type)!;
  for (const type of others) {
    describe(type, () => {
      for (const [what, check] of Object.entries(checks)) {
        it(what, () => {
          const resource = resourceOf(type);
          noFailures(
            resource.versions.flatMap((version) => check(resource, version).map((each) => `${version} ${each}`)),
          );
        });
      }

      it("v1.0 refuses what only beta has", () => {
        const resource = resourceOf(type);
        const later = propertiesOf(type).filter(({ inV1 }) => !inV1);
        if (!inVersion(type, "v1.0")) {
          const target = `/v1.0${resource.collection ?? resource.one("")}`;
          const answer = ask(tenant, resource.collection ? "POST" : "PATCH", target, fullBody(resource, "v1.0", 0));
          noFailures(expectRefused(answer, "all of it"));
        }
        const address = `/v1.0${resource.one("x")}`;
        noFailures(
          later.flatMap(({ name, type: of }) =>
            expectRefused(ask(tenant, "PATCH", address, { [name]: legal(of)[0] }), name).filter(
              (failure) => !failure.startsWith(`${name}: 404`),
            ),
          ),
        );
      });
    });
  }

  it("what is read only of users cannot be set", () => {
    const user = resourceOf("user");
    noFailures(
      propertiesIn(user, "beta")
        .filter(({ name }) => user.fixed!.includes(name) && name !== "userPrincipalName")
        .flatMap(({ name, type }) =>
          expectRefused(
            ask(tenant, "PATCH", "/beta/users/finn@contoso.example", { [name]: legal(type)[0] }),
            name,
            name,
          ),
        ),
    );
  });
});
