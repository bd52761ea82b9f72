/**
 * The whole way of a profile, for each of the six types: what the program says, through the provider, to a device that
 * checks in; and what is then on the device is what the payload says. Devices are looked into by SQL.
 */
import assert from "node:assert/strict";
import { makeOne } from "../../provider/cli/payload/make";
import { readPayload, type Settings } from "../../provider/payload/payload";
import { type PlatformName, platformNames } from "../../provider/platforms";
import type { Properties } from "../../provider/values";
import { examples, profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

interface Place {
  device: string;
  user: string;
  group: string;
  mail: string;
  /** Another source of names and addresses (E4), and the user name that comes of it. */
  other: { over: Properties; userName: string };
  /** What of an account the payload holds; for Nine Work no other keys are known. */
  carries: (keyof Settings)[];
}

const samAccountName = { usernameAADSource: "samAccountName", customDomainName: "CONTOSO" };
const account: (keyof Settings)[] = ["hostName", "emailAddress", "userName"];

const places: Record<PlatformName, Place> = {
  ios: {
    device: "ADA-IPHONE",
    user: "ada@contoso.example",
    group: "iPhone users",
    mail: "ada.moreau@contoso.example",
    other: { over: samAccountName, userName: "CONTOSO\\ada" },
    carries: account,
  },
  samsungKnox: {
    device: "CHLOE-GALAXY",
    user: "chloe@contoso.example",
    group: "Samsung users",
    mail: "chloe.martin@contoso.example",
    other: {
      over: { usernameSource: "samAccountName", userDomainNameSource: "netBiosDomainName" },
      userName: "CONTOSO\\chloe",
    },
    carries: account,
  },
  windowsPhone81: {
    device: "EVA-LUMIA",
    user: "eva@contoso.example",
    group: "Windows Phone users",
    mail: "eva.lindqvist@contoso.example",
    other: { over: samAccountName, userName: "CONTOSO\\eva" },
    carries: account,
  },
  windows10: {
    device: "FINN-LAPTOP",
    user: "finn@contoso.example",
    group: "Windows 10 users",
    mail: "finn.byrne@contoso.example",
    other: { over: { usernameSource: "primarySmtpAddress" }, userName: "finn.byrne@contoso.example" },
    carries: account,
  },
  androidForWorkGmail: {
    device: "GRACE-PIXEL",
    user: "grace@contoso.example",
    group: "Gmail users",
    mail: "grace.kimura@contoso.example",
    other: { over: { usernameSource: "username" }, userName: "grace" },
    carries: account,
  },
  androidForWorkNineWork: {
    device: "DEV-NOKIA",
    user: "dev@contoso.example",
    group: "Nine Work users",
    mail: "dev.patel@contoso.example",
    other: { over: { usernameSource: "samAccountName" }, userName: "dev" },
    carries: ["hostName"],
  },
};

/** What the tenant's tables hold of the account that a profile made on a device. */
interface OnDevice {
  hostName: string;
  emailAddress: string;
  userName: string;
  settings: Properties;
}

/** Flags come as one text in Graph, and as a list out of a payload. */
const flags = (value: unknown) =>
  (Array.isArray(value) ? value : String(value).split(",")).map((flag) => String(flag).trim()).sort();

for (const platform of platformNames) {
  describe(`from program to device: ${platform}`, () => {
    const { device, user, group, mail, other, carries } = places[platform];
    let tenant: Rehearsal;
    beforeEach(() => {
      tenant = rehearse();
    });
    afterEach(() => tenant.close());

    async function simulate(path: string, body: object): Promise<unknown> {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await tenant.tenant.fetch(new Request(`http://tenant.example/simulation/${path}`, init));
      assert.equal(response.status, 200);
      return response.json();
    }
    const checkIn = () => simulate("checkIn", { deviceIds: [device] });

    function onDevice(): OnDevice | undefined {
      const row = tenant.tenant.context.db.get<{ account: string | null }>(
        "SELECT account FROM deviceProfile JOIN device ON device.id = deviceId WHERE deviceName = :device",
        { device },
      );
      return row?.account ? (JSON.parse(row.account) as OnDevice) : undefined;
    }

    async function deployed(over: Properties = {}) {
      const inputs = profileInputs(platform, over);
      const profile = tenant.cycle("EmailProfile");
      const checked = await profile.check({}, inputs);
      assert.deepEqual(checked.failures, []);
      const { id, outs } = await profile.create(checked.inputs);
      const deployment = { kind: "Deployment", profileId: id, includedGroups: [group] };
      const { outs: deploymentOuts } = await tenant.cycle("Deployment").create(deployment);
      return { id, inputs, outs: outs as Properties, deployment: deploymentOuts as Properties };
    }

    /** Held against each other: the device knows nothing of the payload's writers, nor they of the device. */
    async function assertSame(id: string, found: OnDevice): Promise<Partial<Settings>> {
      const { payload } = await makeOne(tenant.graph, id, user, device);
      const read = readPayload(platform, payload.text);
      const userName = read.domain ? `${read.domain}\\${read.userName}` : read.userName;
      const ofPayload = { ...read, userName };
      for (const name of carries) assert.equal(ofPayload[name], found[name as keyof OnDevice], name);
      for (const [name, value] of Object.entries(read)) {
        const there = found.settings[name] ?? found.settings[`@classic.${name}`];
        if (there === undefined) continue;
        if (name === "easServices") assert.deepEqual(flags(value), flags(there), name);
        else assert.equal(value, there, name);
      }
      return read;
    }

    it("gets the host, address and user name that its payload says (E4)", async () => {
      const { id } = await deployed();
      await checkIn();
      const found = onDevice()!;
      assert.deepEqual([found.hostName, found.emailAddress, found.userName], ["mail.contoso.example", mail, user]);
      const read = await assertSame(id, found);
      assert.deepEqual(
        carries.filter((name) => read[name] === undefined),
        [],
      );
    });

    it("gets them from other sources as well (E4)", async () => {
      const { id } = await deployed({ ...other.over, emailAddressSource: "userPrincipalName" });
      await checkIn();
      const found = onDevice()!;
      assert.deepEqual([found.emailAddress, found.userName], [user, other.userName]);
      await assertSame(id, found);
    });

    it("keeps what it has until its user approves a change, then has what the new payload says (E8)", async () => {
      const { id, inputs, outs } = await deployed();
      await checkIn();
      const before = onDevice();
      const news = { ...inputs, ...examples[platform].change };
      const wanted = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== undefined));
      await tenant.cycle("EmailProfile").update(id, outs, wanted);
      await checkIn();
      assert.deepEqual(onDevice(), before);
      assert.deepEqual(await simulate(`devices/${device}/approve`, {}), { approved: 1 });
      assert.notDeepEqual(onDevice(), before);
      await assertSame(id, onDevice()!);
    });

    it("keeps its only profile when the deployment goes (D3), and loses it with the profile (D4)", async () => {
      const { id, outs, deployment } = await deployed();
      await checkIn();
      await tenant.cycle("Deployment").delete(id, deployment);
      await checkIn();
      assert.equal(onDevice()?.emailAddress, mail);
      await tenant.cycle("EmailProfile").delete(id, outs);
      await checkIn();
      assert.equal(onDevice(), undefined);
    });
  });
}
