/** Actions and functions of the metadata: each is carried out as it says, or refused as one that is not there. */
import assert from "node:assert/strict";
import type { Tenant } from "../../provider/tenant";
import { answerProblems } from "./answers";
import { ask, errorProblems, messageOf } from "./client";
import { configurationsPath, deploy, fewTypes, openCompany } from "./company";
import { bare, operations, type Version } from "./model";
import { wrong } from "./values";

let tenant: Tenant;
let ids: Record<string, string>;

interface Call {
  path(): string;
  body?(): Record<string, unknown>;
}

const profile = (name: string) => () => `${configurationsPath}/${ids.iosEasEmailProfileConfiguration}/${name}`;
const devices = "/deviceManagement/managedDevices";
const device = (name: string) => (): Call => {
  const find = encodeURIComponent("deviceName eq 'CHLOE-GALAXY'");
  const { body } = ask(tenant, "GET", `/beta${devices}?$filter=${find}`);
  return { path: () => `${devices}/${body.value[0].id}/${name}` };
};
const call = (path: () => string, body?: () => Record<string, unknown>) => (): Call => ({
  path,
  ...(body ? { body } : {}),
});
const everyone = { target: { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } };

/** How each operation is called, by what it is bound to and its name; or why the tenant has it not. */
const calls: Record<string, (() => Call) | string> = {
  "deviceConfiguration assign": call(profile("assign"), () => ({ assignments: [everyone] })),
  "deviceConfiguration getTargetedUsersAndDevices": call(
    () => `${configurationsPath}/getTargetedUsersAndDevices`,
    () => ({ deviceConfigurationIds: [ids.iosEasEmailProfileConfiguration] }),
  ),
  "deviceConfiguration hasPayloadLinks": call(
    () => `${configurationsPath}/hasPayloadLinks`,
    () => ({ payloadIds: [ids.iosEasEmailProfileConfiguration] }),
  ),
  "managedDevice syncDevice": device("syncDevice"),
  "managedDevice rebootNow": device("rebootNow"),
  "managedDevice remoteLock": device("remoteLock"),
  "managedDevice retire": device("retire"),
  "managedDevice wipe": device("wipe"),
  "deviceManagementExchangeConnector sync": call(
    () =>
      `/deviceManagement/exchangeConnectors/${ask(tenant, "GET", "/beta/deviceManagement/exchangeConnectors").body.value[0].id}/sync`,
    () => ({ syncType: "deltaSync" }),
  ),
  "deviceManagementResourceAccessProfileBase assign": "profiles of Windows 10X, which never came",
  "deviceManagementResourceAccessProfileBase queryByPlatformType": "the same",
  "deviceConfiguration assignedAccessMultiModeProfiles": "kiosks",
  "deviceConfiguration windowsPrivacyAccessControls": "privacy of Windows",
  "deviceConfiguration getIosAvailableUpdateVersions": "updates of iOS",
  "deviceConfiguration getOmaSettingPlainTextValue": "custom settings",
};

const keyOf = ({ name, bindingType }: (typeof operations)[number]) =>
  `${bare(bindingType.replace(/^Collection\((.*)\)$/, "$1"))} ${name}`;

/** The same action by its full name. */
const inFull = (path: string) => path.replace(/\/(\w+)$/, "/microsoft.graph.$1");

describe("operations of the metadata", () => {
  beforeEach(() => {
    tenant = openCompany();
    ids = deploy(tenant, fewTypes);
  });
  afterEach(() => tenant.close());

  it("all of them, and no other, are in the table", () => {
    assert.deepEqual(Object.keys(calls).sort(), [...new Set(operations.map(keyOf))].sort());
  });

  for (const operation of operations) {
    const described = calls[keyOf(operation)];
    if (typeof described !== "function") {
      it(`${keyOf(operation)} is no route: ${described}`, () => {
        const isOurs = keyOf(operation).startsWith("deviceConfiguration ");
        const own = isOurs ? profile(operation.name)() : `/deviceManagement/resourceAccessProfiles/x/${operation.name}`;
        for (const path of [own, inFull(own)]) {
          for (const method of ["GET", "POST"]) assert.equal(ask(tenant, method, `/beta${path}`, {}).status, 400, path);
        }
      });
      continue;
    }

    const versions: Version[] = operation.inV1 ? ["beta", "v1.0"] : ["beta"];
    for (const version of versions) {
      for (const spelled of [(path: string) => path, inFull]) {
        it(`${version} ${keyOf(operation)} as ${spelled("/x")}`, () => {
          const { path, body = () => ({}) } = described();
          const answer = ask(tenant, "POST", `/${version}${spelled(path())}`, body());
          if (operation.returnType === null) assert.deepEqual([answer.status, answer.body], [204, undefined]);
          else {
            assert.equal(answer.status, 200, JSON.stringify(answer.body));
            const returned = operation.returnType.replace("microsoft.graph.", "");
            assert.deepEqual(answerProblems(answer.body, returned, { version, whole: true }), []);
            assert.ok(answer.body.value.length > 0, "an answer that shows something");
          }
        });
      }
    }

    it(`${keyOf(operation)} refuses wrong parameters, and changes nothing by it`, () => {
      const { path, body = () => ({}) } = described();
      const target = `/beta${path()}`;
      const before = ask(tenant, "GET", `/beta${devices}`).body.value;
      const wrongs = operation.parameters.flatMap(({ name, type }) =>
        wrong(type).map(([what, value]) => [`${name} that is ${what}`, { ...body(), [name]: value }] as const),
      );
      for (const [what, given] of [...wrongs, ["an unknown parameter", { ...body(), nope: 1 }] as const]) {
        const answer = ask(tenant, "POST", target, given);
        assert.equal(answer.status, 400, `${what}: ${answer.status}`);
        assert.deepEqual(errorProblems(answer), [], what);
      }
      assert.deepEqual(ask(tenant, "GET", `/beta${devices}`).body.value, before);
    });

    if (!operation.inV1) {
      it(`${keyOf(operation)} is not in v1.0`, () => {
        const { path, body = () => ({}) } = described();
        const answer = ask(tenant, "POST", `/v1.0${path()}`, body());
        assert.equal(answer.status, 400);
        assert.match(messageOf(answer), /No OData route exists/);
      });
    }
  }
});
