/** A twin made through Graph alone: as exact as Graph tells, with the rest assumed and said. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { graphClient, type Send } from "../../provider/graph/client";
import { twinInfo } from "../../provider/impact/twin";
import { twinPermissions } from "../../provider/impact/twin-addresses";
import { readAssumptions } from "../../provider/impact/twin-assume";
import { type TwinOptions, twinOfEndpoint } from "../../provider/impact/twin-graph";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { checkIn } from "../../provider/tenant/devices/checkIn";
import { statusesOf } from "../../provider/tenant/devices/status";
import { allConnectors } from "../../provider/tenant/sync/connector";
import { syncConnector } from "../../provider/tenant/sync/sync";
import {
  assign,
  configurations,
  groupId,
  makeProfile,
  openWorld,
  type ProfileKind,
  profileBodies,
  type World,
  worldOf,
} from "../tenant/world";

const endpoint = "http://tenant.example";

/** What a test knows of the requests that made a twin. */
interface Asked {
  /** Method and path of each request, those in batches one by one. */
  requests: string[];
  waits: number[];
}

/** A twin through a client that, like that of another service, finds no `/simulation`. */
async function twinOf(
  tenant: Tenant,
  options: Partial<TwinOptions> = {},
  { between = (send) => send, headers = {} }: { between?: (send: Send) => Send; headers?: Record<string, string> } = {},
): Promise<Tenant & Asked> {
  const asked: Asked = { requests: [], waits: [] };
  const send: Send = async (request) => {
    const { pathname } = new URL(request.url);
    assert.doesNotMatch(pathname, /simulation/);
    if (pathname.endsWith("/$batch")) {
      const { requests } = (await request.clone().json()) as { requests: { method: string; url: string }[] };
      assert.ok(requests.length <= 20, "a batch holds twenty");
      asked.requests.push(...requests.map(({ method, url }) => `${method} ${url.split("?")[0]}`));
    } else asked.requests.push(`${request.method} ${pathname.replace("/beta", "")}`);
    const told = new Request(request, { headers: { ...Object.fromEntries(request.headers), ...headers } });
    return tenant.fetch(told);
  };
  const graph = graphClient({
    endpoint,
    send: between(send),
    sleep: async (ms) => void asked.waits.push(ms),
  });
  const twin = await twinOfEndpoint(graph, { source: endpoint, takenAt: tenant.context.clock.now(), ...options });
  return { ...twin, ...asked };
}

/** What each device says of each profile and has for it, who may use mail, and what its policies say. */
function told({ context }: Tenant) {
  const profiles = context.db.all<{ id: string; displayName: string }>(
    "SELECT id, displayName FROM deviceConfiguration ORDER BY displayName",
  );
  const statuses = profiles.flatMap(({ id, displayName }) =>
    statusesOf(context, id).map(
      ({ deviceName, status, reason, lastReportedDateTime: time }) =>
        `${deviceName}: ${displayName} ${status} ${reason} ${time}`,
    ),
  );
  const on = context.db.all<{ text: string }>(
    `SELECT deviceName || ' ' || displayName || ' ' || ifnull(installedVersion, 'none') || ' ' ||
       ifnull(account ->> '$.emailAddress' || ' on ' || (account ->> '$.hostName'), '') AS text
     FROM deviceProfile JOIN device ON device.id = deviceId JOIN deviceConfiguration ON deviceConfiguration.id = profileId
     ORDER BY text`,
  );
  const devices = context.db.all<object>(
    `SELECT id, directoryId, deviceName, userId, platform, osVersion, model, manufacturer, enrolled, complianceState,
       lastSyncDateTime, easDeviceId, exchangeAccessState, exchangeAccessStateReason FROM device ORDER BY id`,
  );
  return { statuses: statuses.sort(), on: on.map(({ text }) => text), devices: devices.map((row) => ({ ...row })) };
}

const connectorBody = {
  serverName: "cas01.contoso.example",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Contoso Mail",
  "@classic.exchangeAccount": "CONTOSO\\svc-intune",
  "@classic.exchangeAccountPassword": "let me in",
  "@classic.notificationAccount": "mail-notifications@contoso.example",
  "@classic.notificationAccountPassword": "let me in",
};

const kinds: [ProfileKind, string][] = [
  ["ios", "iPhone users"],
  ["samsungKnox", "Samsung users"],
  ["windowsPhone81", "Windows Phone users"],
  ["windows10", "Windows 10 users"],
  ["androidForWorkGmail", "Gmail users"],
  ["androidForWorkNineWork", "Nine Work users"],
];

/** The small company with a profile of each type deployed, everybody checked in, and a connector that has synced. */
async function deployed(): Promise<World & { profiles: Record<string, string> }> {
  const world = worldOf(openTenant({ seed: () => readSeed(readFileSync(smallCompany, "utf8"), smallCompany) }));
  const profiles: Record<string, string> = {};
  for (const [kind, group] of kinds) {
    profiles[kind] = await makeProfile(world, kind, { hostName: "mail.contoso.example" }, [group]);
  }
  checkIn(world.tenant.context);
  const made = await world.post("/beta/deviceManagement/exchangeConnectors", connectorBody);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  // Out of its group, its only profile stays (D3); in another version, it asks its user (E8).
  assert.equal((await assign(world, profiles.windowsPhone81!, ["Gmail users", "-Windows Phone users"])).status, 200);
  await world.call("PATCH", `${configurations}/${profiles.windows10}`, {
    "@odata.type": "#microsoft.graph.windows10EasEmailProfileConfiguration",
    syncContacts: false,
  });
  await world.post("/simulation/clock", { advance: "1h" });
  checkIn(world.tenant.context);
  sync(world.tenant);
  return { ...world, profiles };
}

function sync({ context }: Tenant): void {
  for (const { id } of allConnectors(context)) assert.equal(syncConnector(context, id, "fullSync").failure, undefined);
}

const access = (tenant: Tenant) => told(tenant).devices.map((row) => JSON.stringify(row));

describe("twin of a tenant behind Graph", () => {
  let world: Awaited<ReturnType<typeof deployed>>;
  beforeEach(async () => {
    world = await deployed();
  });
  afterEach(() => world.tenant.close());

  it("is the same company: devices, statuses and their reasons, what is installed, who may use mail", async () => {
    const twin = await twinOf(world.tenant);
    try {
      const original = told(world.tenant);
      for (const word of ["duplicateAccount", "approvalPending", "appMissing", "belowMinimum", "retained"]) {
        assert.ok(
          original.statuses.some((text) => text.includes(` ${word} `)),
          `the company has no ${word}`,
        );
      }
      assert.ok(original.devices.some((row) => "exchangeAccessState" in row && row.exchangeAccessState === "blocked"));
      assert.deepEqual(told(twin), original);
      const members = "SELECT groupId, memberId, kind FROM member ORDER BY groupId, memberId";
      const rows = (tenant: Tenant, sql: string) => tenant.context.db.all(sql).map((row) => ({ ...row }));
      assert.deepEqual(rows(twin, members), rows(world.tenant, members));
      const assigned = "SELECT configurationId, targetType, groupId, intent FROM assignment ORDER BY id";
      assert.deepEqual(rows(twin, assigned), rows(world.tenant, assigned));
    } finally {
      twin.close();
    }
  });

  it("comes to the same as the tenant does, after the same changes, check-ins and syncs", async () => {
    const twin = await twinOf(world.tenant);
    try {
      for (const tenant of [world.tenant, twin]) {
        const { profiles } = world;
        const each = worldOf(tenant);
        await each.call("PATCH", `${configurations}/${profiles.ios}`, {
          "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
          hostName: "new-mail.contoso.example",
        });
        await each.call("DELETE", `${configurations}/${profiles.samsungKnox}`);
        await makeProfile(each, "samsungKnox", { hostName: "new.contoso.example" }, ["Samsung users"]);
        await assign(each, profiles.androidForWorkNineWork!, ["Gmail users"]);
        const { context } = tenant;
        checkIn(context);
        sync(tenant);
        context.clock.set(context.clock.nowMs() + 3_600_000);
      }
      assert.deepEqual(told(twin).statuses, told(world.tenant).statuses);
      assert.deepEqual(told(twin).on, told(world.tenant).on);
      assert.deepEqual(access(twin), access(world.tenant));
    } finally {
      twin.close();
    }
  });

  it("is only read, in batches, by the addresses that the docs list", async () => {
    const before = told(world.tenant);
    const twin = await twinOf(world.tenant);
    try {
      assert.deepEqual(
        twin.requests.filter((line) => !line.startsWith("GET ") && line !== "POST /$batch"),
        [],
      );
      assert.deepEqual(told(world.tenant), before);
    } finally {
      twin.close();
    }
  });

  it("says what it assumed, and where and when it was taken", async () => {
    const twin = await twinOf(world.tenant, { takenAt: "2020-03-02T09:00:00Z" });
    try {
      const { source, takenAt, assumed, pseudonyms } = twinInfo(twin)!;
      assert.deepEqual([source, takenAt, pseudonyms], [endpoint, "2020-03-02T09:00:00Z", false]);
      assert.deepEqual(
        assumed.map((line) => line.replace(/[:;,(].*$/, "").trim()),
        [
          "The company's domain is contoso.example",
          "Devices check in every 8h",
          "Samsung devices have KNOX 4.0",
          "An account of the user's own is why a device reports an error",
          "People have made no other mail accounts on their devices",
          "What an earlier version of a profile said is not known",
          "Gmail and Nine Work are where a profile for them is",
          "Mail servers trust all certificates that are deployed",
          "Of Exchange",
        ],
      );
    } finally {
      twin.close();
    }
  });

  it("takes from a file what Graph does not tell, and then says nothing of it", async () => {
    const text = `
tenant: { domain: contoso.example, displayName: Contoso }
knoxVersion: "3.0"
devices:
  - { deviceName: DEV-GALAXY, knoxVersion: "4.0" }
  - { deviceName: eva-pixel, apps: [gmail] }
  - { deviceName: ADA-IPHONE, accounts: [{ host: other.example, emailAddress: ada.moreau@contoso.example }] }
mailServers: [{ host: mail.contoso.example }]
exchangeOrganizations:
  - name: Contoso Mail
    domain: contoso.example
    clientAccessServers: [{ fqdn: cas01.contoso.example }, { fqdn: cas02.contoso.example }]
    accounts: [{ name: 'CONTOSO\\svc-intune' }]
    mailboxes: [grace.kimura@contoso.example, mail-notifications@contoso.example]
    partnerships:
      - { mailbox: grace.kimura@contoso.example, deviceId: ANDROIDUNKNOWN1, deviceType: Android, deviceModel: Moto G7 }
`;
    const twin = await twinOf(world.tenant, { assumptions: readAssumptions(text, "assumed.yaml") });
    try {
      const { db } = twin.context;
      const knox = db.all<{ text: string }>(
        "SELECT deviceName || ' ' || knoxVersion AS text FROM device WHERE knoxVersion IS NOT NULL ORDER BY 1",
      );
      assert.deepEqual(
        knox.map((row) => row.text),
        ["CHLOE-GALAXY 3.0", "DEV-GALAXY 4.0"],
      );
      const own = db.all<{ text: string }>(
        "SELECT deviceName || ' ' || hostName AS text FROM userAccount JOIN device ON id = deviceId ORDER BY 1",
      );
      assert.deepEqual(
        own.map((row) => row.text),
        ["ADA-IPHONE other.example", "BEN-IPHONE mail.contoso.example"],
      );
      checkIn(twin.context);
      assert.ok(told(twin).statuses.some((line) => /^EVA-PIXEL: androidForWorkGmail compliant installed/.test(line)));
      assert.ok(told(twin).statuses.some((line) => /^CHLOE-GALAXY: samsungKnox notApplicable/.test(line)));
      const records = db.all<{ deviceId: string }>("SELECT deviceId FROM easPartnership ORDER BY deviceId");
      assert.deepEqual(
        records.map(({ deviceId }) => deviceId),
        ["ANDROIDGRACE1", "ANDROIDUNKNOWN1"],
      );
      assert.doesNotMatch(twinInfo(twin)!.assumed.join("\n"), /company's domain|Mail servers|Of Exchange/);
    } finally {
      twin.close();
    }
  });

  it("has no name of a person or a device where pseudonyms are asked for, and comes to the same all the same", async () => {
    const names = world.tenant.context.db
      .all<{ name: string }>(
        `SELECT displayName AS name FROM user UNION SELECT mail FROM user WHERE mail IS NOT NULL
         UNION SELECT userPrincipalName FROM user UNION SELECT deviceName FROM device
         UNION SELECT easDeviceId FROM device WHERE easDeviceId IS NOT NULL`,
      )
      .map(({ name }) => name);
    assert.ok(names.length > 40);
    const assumptions = readAssumptions(
      "devices: [{ deviceName: ADA-IPHONE, accounts: [{ host: h, emailAddress: ada.moreau@contoso.example }] }]",
      "assumed.yaml",
    );
    const twin = await twinOf(world.tenant, { pseudonyms: true, assumptions });
    try {
      const { context } = twin;
      assert.equal(context.db.get<{ n: number }>("SELECT count(*) AS n FROM userAccount WHERE hostName = 'h'")!.n, 1);
      checkIn(context);
      sync(twin);
      const folder = readdirSync(tmpdir()).find((name) => name.startsWith(`intune-mail-twin-${process.pid}-`))!;
      const files = readdirSync(join(tmpdir(), folder)).map((file) => join(tmpdir(), folder, file));
      assert.ok(files.some((file) => file.endsWith("tenant.db-wal")));
      const bytes = Buffer.concat(files.map((file) => readFileSync(file)))
        .toString("utf8")
        .toLowerCase();
      assert.ok(bytes.includes("iphone users"), "groups keep their names");
      assert.deepEqual(
        names.filter((name) => bytes.includes(name.toLowerCase())),
        [],
      );
      checkIn(world.tenant.context);
      sync(world.tenant);
      const states = (tenant: Tenant) =>
        told(tenant).devices.map((row) => {
          const { id, complianceState, exchangeAccessState } = row as Record<string, string>;
          return `${id} ${complianceState} ${exchangeAccessState}`;
        });
      assert.deepEqual(states(twin), states(world.tenant));
      assert.equal(twinInfo(twin)!.pseudonyms, true);
    } finally {
      twin.close();
    }
  });
});

const groups = ["iPhone users", "Samsung users", "Windows 10 users", "Gmail users", "All mail users"];
const kindArbitrary = fc.constantFrom<ProfileKind>("ios", "samsungKnox", "windows10", "androidForWorkGmail");
const hosts = fc.constantFrom("mail.test.example", "old-mail.test.example");

/** What administrators and devices do, one thing after another. */
const deed = fc.oneof(
  fc.record({
    do: fc.constant("make" as const),
    kind: kindArbitrary,
    host: hosts,
    to: fc.subarray(groups, { minLength: 1 }),
  }),
  fc.record({ do: fc.constant("assign" as const), which: fc.nat(9), to: fc.subarray(groups), out: fc.boolean() }),
  fc.record({ do: fc.constant("change" as const), which: fc.nat(9), days: fc.constantFrom("oneDay", "oneMonth") }),
  fc.record({ do: fc.constant("checkIn" as const), every: fc.integer({ min: 1, max: 3 }) }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

async function perform(world: World, profiles: { id: string; kind: ProfileKind }[], done: Deed): Promise<void> {
  const { context } = world.tenant;
  const profile = "which" in done ? profiles[done.which % profiles.length] : undefined;
  if (done.do === "make") {
    const name = `${done.kind} ${profiles.length}`;
    const id = await makeProfile(world, done.kind, { displayName: name, hostName: done.host }, done.to);
    profiles.push({ id, kind: done.kind });
  } else if (done.do === "checkIn") {
    const devices = context.db.all<{ id: string }>("SELECT id FROM device WHERE enrolled = 1 ORDER BY id");
    checkIn(
      context,
      devices.filter((_, index) => index % done.every === 0).map(({ id }) => id),
    );
    context.clock.set(context.clock.nowMs() + 3_600_000);
  } else if (profile && done.do === "assign") {
    await assign(world, profile.id, done.out ? [...done.to.slice(0, 1), "-Nine Work users"] : done.to);
  } else if (profile && done.do === "change") {
    await world.call("PATCH", `${configurations}/${profile.id}`, {
      "@odata.type": profileBodies[profile.kind]["@odata.type"],
      durationOfEmailToSync: done.days,
    });
  }
}

describe("twin of any tenant", () => {
  it("has the same statuses and installations, whatever was done to it", async () => {
    const met = new Set<string>();
    const host = "mail.test.example";
    const all: Deed = { do: "checkIn", every: 1 };
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000), fc.array(deed, { minLength: 3, maxLength: 9 }), async (number, deeds) => {
        const world = openWorld({ generated: { devices: 18, seed: number } });
        const profiles: { id: string; kind: ProfileKind }[] = [];
        const everybody = ["All mail users"];
        for (const [kind] of kinds) await perform(world, profiles, { do: "make", kind, host, to: everybody });
        for (const done of [all, ...deeds]) await perform(world, profiles, done);
        const twin = await twinOf(world.tenant);
        try {
          assert.deepEqual(told(twin), told(world.tenant));
          for (const { reason } of world.tenant.context.db.all<{ reason: string }>(
            "SELECT reason FROM deviceProfile",
          )) {
            met.add(reason);
          }
        } finally {
          twin.close();
          world.tenant.close();
        }
      }),
      { seed: 7, numRuns: 25 },
    );
    const reasons = [
      "installed",
      "belowMinimum",
      "approvalPending",
      "appMissing",
      "duplicateAccount",
      "sameAccount",
      "retained",
    ];
    assert.deepEqual(
      reasons.filter((reason) => !met.has(reason)),
      [],
    );
  });
});

describe("reading a tenant for a twin", () => {
  it("goes through all pages", async () => {
    const world = openWorld({ generated: { devices: 1_300 } });
    await makeProfile(world, "ios", {}, ["All mail users"]);
    checkIn(world.tenant.context);
    const twin = await twinOf(world.tenant);
    try {
      const counts = (tenant: Tenant) =>
        tenant.context.db.get(
          `SELECT (SELECT count(*) FROM device) AS devices, (SELECT count(*) FROM user) AS users,
             (SELECT count(*) FROM member) AS members, (SELECT count(*) FROM deviceProfile) AS reports`,
        );
      assert.deepEqual({ ...counts(twin) }, { ...counts(world.tenant) });
      assert.deepEqual(told(twin).statuses, told(world.tenant).statuses);
      assert.equal(twin.requests.filter((line) => line === "GET /deviceManagement/managedDevices").length, 3);
    } finally {
      twin.close();
      world.tenant.close();
    }
  });

  const throttlings = [
    { name: "with Retry-After", fault: { every: 3, status: 429, retryAfter: 7 }, waits: 7_000 },
    { name: "without", fault: { every: 3, status: 429 }, waits: 1_000 },
  ];
  for (const { name, fault, waits } of throttlings) {
    it(`waits when it is throttled, ${name}`, async () => {
      const world = openWorld({ generated: { devices: 40 } });
      await makeProfile(world, "ios", {}, ["iPhone users"]);
      checkIn(world.tenant.context);
      const made = await world.post("/simulation/faults", fault);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const twin = await twinOf(world.tenant);
      try {
        assert.ok(twin.waits.length > 0 && twin.waits.every((ms) => ms >= waits), JSON.stringify(twin.waits));
        assert.deepEqual(told(twin), told(world.tenant));
      } finally {
        twin.close();
        world.tenant.close();
      }
    });
  }

  const secret = "let me in";
  const appId = "6f1e1c1e-0000-4000-8000-000000000001";
  const guarded = (scopes: readonly string[]) =>
    openTenant({
      auth: "required",
      seed: readSeed(
        JSON.stringify({
          tenant: { displayName: "Test", domain: "test.example" },
          clock: "2020-03-02T08:00:00Z",
          applications: [{ appId, secretSha256: createHash("sha256").update(secret).digest("hex"), scopes }],
          generated: { devices: 6 },
        }),
        "of the test",
      ),
    });
  async function bearer(tenant: Tenant): Promise<Record<string, string>> {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: appId,
      client_secret: secret,
      scope: "https://graph.microsoft.com/.default",
    });
    const answer = await tenant.fetch(new Request("http://x/test.example/oauth2/v2.0/token", { method: "POST", body }));
    return { authorization: `Bearer ${((await answer.json()) as { access_token: string }).access_token}` };
  }

  it("needs these permissions and no others", async () => {
    assert.deepEqual(twinPermissions, [
      "DeviceManagementApps.Read.All",
      "DeviceManagementConfiguration.Read.All",
      "DeviceManagementManagedDevices.Read.All",
      "Group.Read.All",
      "User.Read.All",
    ]);
    const tenant = guarded(twinPermissions);
    const twin = await twinOf(tenant, {}, { headers: await bearer(tenant) });
    twin.close();
    tenant.close();
  });

  it("says all permissions that are missing, before it reads anything", async () => {
    const tenant = guarded(["DeviceManagementConfiguration.Read.All", "Group.Read.All"]);
    const headers = await bearer(tenant);
    await assert.rejects(twinOf(tenant, {}, { headers }), (error: Error) => {
      assert.match(error.message, /may not read \/users, \/deviceManagement\/managedDevices, \/deviceAppManagement/);
      assert.match(
        error.message,
        /Grant it DeviceManagementApps\.Read\.All, DeviceManagementManagedDevices\.Read\.All, User\.Read\.All \(/,
      );
      return true;
    });
    tenant.close();
  });

  it("passes over what another service does not have", async () => {
    const world = openWorld({ generated: { devices: 12 } });
    const gone = /exchangeConnectors|exchangeOnPremises|conditionalAccessSettings/;
    const twin = await twinOf(
      world.tenant,
      {},
      {
        between: (send) => async (request) => {
          if (request.url.endsWith("$batch")) return new Response("{}", { status: 404 });
          return gone.test(request.url)
            ? Response.json(
                { error: { code: "BadRequest", message: "Resource not found for the segment" } },
                { status: 400 },
              )
            : send(request);
        },
      },
    );
    assert.deepEqual(told(twin), told(world.tenant));
    twin.close();
    world.tenant.close();
  });

  it("tells devices of one name apart, and leaves out those that mail profiles are not for", async () => {
    const world = openWorld({ generated: { devices: 6 } });
    const twin = await twinOf(
      world.tenant,
      {},
      {
        between: (send) => async (request) => {
          const answer = await send(request);
          if (!new URL(request.url).pathname.endsWith("/managedDevices")) return answer;
          const page = (await answer.json()) as { value: Record<string, unknown>[] };
          const [first, second, third] = page.value;
          Object.assign(second!, { deviceName: first!.deviceName, azureADDeviceId: first!.azureADDeviceId });
          Object.assign(third!, { operatingSystem: "macOS", deviceType: "macMDM" });
          return Response.json(page);
        },
      },
    );
    const { assumed } = twinInfo(twin)!;
    assert.ok(
      assumed.some(
        (line) => line === "Devices that share their name with another are told apart by their ids: 1 of them.",
      ),
    );
    assert.ok(assumed.some((line) => /left out: macOS 1\.$/.test(line)));
    assert.equal(told(twin).devices.length, 5);
    twin.close();
    world.tenant.close();
  });

  it("says that filters of assignments are not looked at, and leaves out targets that are nobody", async () => {
    const world = openWorld({ generated: { devices: 6 } });
    await makeProfile(world, "ios", {}, ["All mail users", "iPhone users"]);
    const twin = await twinOf(
      world.tenant,
      {},
      {
        between: (send) => async (request) => {
          const text = await (await send(request)).text();
          const scoped = text.replace(/groupAssignmentTarget","deviceAnd/, 'scopeTagGroupAssignmentTarget","deviceAnd');
          return new Response(scoped.replace(/FilterType":"none"/g, 'FilterType":"include"'));
        },
      },
    );
    assert.equal(twin.context.db.get<{ n: number }>("SELECT count(*) AS n FROM assignment")!.n, 1);
    assert.ok(
      twinInfo(twin)!.assumed.some((line) => /^Filters of assignments .*: 2 assignments have one\.$/.test(line)),
    );
    twin.close();
    world.tenant.close();
  });

  it("keeps nested groups, and who is in them", async () => {
    const world = openWorld({ generated: { devices: 20 } });
    const twin = await twinOf(world.tenant);
    const all = await groupId(worldOf(twin), "All mail users");
    const transitive = `/beta/groups/${all}/transitiveMembers?$top=999`;
    const members = async (of: World) =>
      (await of.get(transitive)).body.value.map(({ id }: { id: string }) => id).sort();
    assert.deepEqual(await members(worldOf(twin)), await members(world));
    twin.close();
    world.tenant.close();
  });
});

describe("assumptions", () => {
  const mistakes: { name: string; text: string; says: RegExp }[] = [
    { name: "what is not known", text: "knox: 4", says: /assumed\.yaml have a problem:\n {2}the file: .*knox/ },
    { name: "a wrong value", text: "devices: [{ deviceName: A, apps: [outlook] }]", says: /devices\[0\]\.apps\[0\]: / },
    { name: "no YAML", text: "a: [", says: /assumed\.yaml have/ },
    {
      name: "a device twice",
      text: "devices: [{ deviceName: A }, { deviceName: a }]",
      says: /devices\[1\]\.deviceName: "a" is there twice/,
    },
    {
      name: "what Graph tells",
      text: "exchangeOrganizations: [{ name: M, domain: d, clientAccessServers: [{ fqdn: f }], conditionalAccess: { includedGroups: [G] } }]",
      says: /exchangeOrganizations\[0\]\.conditionalAccess: is what Graph tells/,
    },
  ];
  for (const { name, text, says } of mistakes) {
    it(`refuse ${name}`, () => {
      assert.throws(() => readAssumptions(text, "assumed.yaml"), says);
    });
  }

  it("may be none", () => {
    assert.equal(readAssumptions("", "assumed.yaml").knoxVersion, "4.0");
  });
});
