/** `connectors`: state, health and alerts as a management pack has them (X10), and the file of the machine (X7, X8). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createColors } from "picocolors";
import { alerts as alertRows, alertsOf, type Watched } from "../../provider/cli/connectors/alerts";
import type { ConnectorsDocument } from "../../provider/cli/connectors/document";
import { connectorLines } from "../../provider/cli/connectors/lines";
import { readConnectors } from "../../provider/cli/connectors/read";
import { openTenant, type Tenant } from "../../provider/tenant";
import type { ConnectorHealth } from "../../provider/tenant/services/simulation/exchangeConnectors";
import { rehearse } from "../provider/rehearsal";
import { makeProject, type Project, password, program, projectFile, root } from "./project";

const hour = 3_600_000;
const nowMs = Date.parse("2020-03-02T08:00:00Z");

/** What a full sync reads of a server (S2). */
const information = { role: "ClientAccess", version: "Version 14.3" };

const well: ConnectorHealth = {
  id: "1",
  exchangeOrganization: "Contoso Mail",
  access: { allowed: 3, blocked: 2, quarantined: 1, unknown: 0 },
  casFailoverEnabled: true,
  primaryServer: "cas01.contoso.example",
  currentServer: "cas01.contoso.example",
  servers: [
    { fqdn: "cas01.contoso.example", ...information, down: false },
    { fqdn: "cas02.contoso.example", ...information, down: false },
  ],
  problems: [],
  failure: null,
  retried: [],
};
const watched = (over: Partial<Watched> = {}, health: Partial<ConnectorHealth> = {}): Watched => ({
  status: "connected",
  serverName: "cas01.contoso.example",
  lastSyncMs: nowMs - hour,
  health: { ...well, ...health },
  nowMs,
  ...over,
});
const at = (time: string): Partial<Watched> => ({ nowMs: Date.parse(time), lastSyncMs: Date.parse(time) });
const firstDown = [{ fqdn: "cas01.contoso.example", ...information, down: true }, well.servers[1]!];

/** One of everything that a row has; the compiler says when there is more. */
const rowOfAll: Record<keyof ConnectorsDocument["connectors"][0], unknown> = {
  id: 1,
  exchangeOrganization: 1,
  exchangeConnectorType: 1,
  serverName: 1,
  connectorServerName: 1,
  status: 1,
  lastSyncDateTime: 1,
  health: 1,
  currentServer: 1,
  servers: 1,
  access: 1,
  alerts: 1,
};

describe("alerts about connectors (X10)", () => {
  const cases: { name: string; of: Watched; are: [alert: string, severity: string, says: RegExp][] }[] = [
    { name: "nothing wrong", of: watched(), are: [] },
    { name: "nothing wrong, on a service that has but Graph", of: watched({ health: undefined }), are: [] },
    {
      name: "not connected (X8a)",
      of: watched(
        { status: "disconnected" },
        { failure: { time: "2020-03-02T08:00:00Z", message: "No server answers." } },
      ),
      are: [["notConnected", "critical", /disconnected: No server answers\.$/]],
    },
    {
      name: "not connected, and nobody knows why",
      of: watched({ status: "connectionPending", health: undefined }),
      are: [["notConnected", "critical", /connectionPending\.$/]],
    },
    { name: "a day since the last sync", of: watched({ lastSyncMs: nowMs - 24 * hour }), are: [] },
    {
      name: "more than a day",
      of: watched({ lastSyncMs: nowMs - 24 * hour - 1 }),
      are: [["noSyncForADay", "critical", /for 24 h/]],
    },
    { name: "never synced", of: watched({ lastSyncMs: null }), are: [["noSyncForADay", "critical", /yet/]] },
    {
      name: "a server down (X7)",
      of: watched({}, { servers: firstDown }),
      are: [["serverDown", "critical", /cas01\.contoso\.example does not answer; 1 other can be used/]],
    },
    {
      name: "a server down, and no other allowed (X7)",
      of: watched({}, { servers: firstDown, casFailoverEnabled: false }),
      are: [["serverDown", "critical", /may use no other/]],
    },
    {
      name: "all servers down (X7)",
      of: watched({}, { servers: well.servers.map((server) => ({ ...server, down: true })) }),
      are: [["serverDown", "critical", /cas01.*, cas02.* do not answer; none is left/]],
    },
    {
      name: "failover in use (X7)",
      of: watched({}, { currentServer: "cas02.contoso.example" }),
      are: [["failoverInUse", "warning", /uses cas02\.contoso\.example in place of cas01/]],
    },
    {
      name: "cmdlets refused (X4), and set-up broken otherwise (X3)",
      of: watched(
        {},
        {
          problems: [
            { rule: "X4", message: "Not allowed: Get-Recipient." },
            { rule: "X3", message: "No licence." },
            { rule: "X8a", message: "Down." },
          ],
        },
      ),
      are: [
        ["cmdletsRefused", "critical", /^Not allowed: Get-Recipient\.$/],
        ["setUpBroken", "warning", /^No licence\.$/],
      ],
    },
    {
      name: "throttled (X8)",
      of: watched({}, { retried: [{ time: "2020-03-02T07:00:00Z", message: "It waits." }] }),
      are: [["throttled", "warning", /waiting 1 time .* at 2020-03-02T07:00:00Z: It waits\./]],
    },
    { name: "the day before no more can be made", of: watched(at("2020-06-30T23:59:59Z")), are: [] },
    {
      name: "since no more can be made (X11)",
      of: watched(at("2020-07-01T00:00:00Z")),
      are: [["supportEnds", "warning", /19 February 2024, in 1328 days; .*hybrid modern authentication/]],
    },
    {
      name: "support has ended (X11)",
      of: watched(at("2024-02-19T00:00:00Z")),
      are: [["supportEnded", "critical", /ended on 19 February 2024.*hybrid modern authentication/]],
    },
    {
      name: "several, the worst first",
      of: watched({ lastSyncMs: null }, { currentServer: "cas02.contoso.example" }),
      are: [
        ["noSyncForADay", "critical", /./],
        ["failoverInUse", "warning", /./],
      ],
    },
  ];
  for (const { name, of, are } of cases) {
    it(name, () => {
      const found = alertsOf(of);
      assert.deepEqual(
        found.map(({ alert, severity }) => [alert, severity]),
        are.map(([alert, severity]) => [alert, severity]),
      );
      for (const [index, [, , says]] of are.entries()) assert.match(found[index]!.message, says);
    });
  }
});

describe("docs/guides/exchange.md", () => {
  const guide = readFileSync(join(root, "docs/guides/exchange.md"), "utf8");

  it("lists every alert, with its rule, severity and source", () => {
    const listed = [...guide.matchAll(/^\| `(\w+)` \((\w+)\) \| (\w+) \| .* \| (\w+) \|$/gm)].map(
      ([, ...cells]) => cells,
    );
    const rows = Object.entries(alertRows).map(([alert, { rule, severity, inGraph }]) => [
      alert,
      rule,
      severity,
      inGraph ? "Graph" : "simulation",
    ]);
    assert.deepEqual(listed, rows);
  });

  it("names every field of the document", () => {
    const row = {
      ...rowOfAll,
      servers: well.servers,
      alerts: [{ rule: "", alert: "", severity: "", message: "" }],
    };
    const names = [...Object.keys(row), ...Object.keys(row.servers[0]!), ...Object.keys(row.alerts[0]!)];
    const document: Record<keyof ConnectorsDocument, true> = {
      version: true,
      simulation: true,
      clock: true,
      healthy: true,
      connectors: true,
    };
    const table = guide.slice(guide.indexOf("The document of `--json`"));
    const missing = [...names, ...Object.keys(document)].filter(
      (name) => !new RegExp(`[\\].\`]${name}[\`\\[.]`).test(table),
    );
    assert.deepEqual(missing, []);
  });
});

describe("connectors on another Graph service", () => {
  it("are judged by what Graph tells, and this machine's time; that is said", async () => {
    const tenant = rehearse((send) => (request) => {
      const isBeside = new URL(request.url).pathname.startsWith("/simulation");
      return isBeside ? Promise.resolve(new Response("{}", { status: 404 })) : send(request);
    });
    try {
      await tenant.raw("POST", "/deviceManagement/exchangeConnectors", {
        exchangeConnectorType: "onPremises",
        serverName: "cas01.contoso.example",
        primarySmtpAddress: "mail-notifications@contoso.example",
        "@classic.exchangeAccount": "CONTOSO\\svc-intune",
        "@classic.exchangeAccountPassword": "x",
      });
      const document = await readConnectors(tenant.graph, () => new Date("2026-01-01T00:00:00Z"));
      const [connector] = document.connectors;
      assert.deepEqual([document.simulation, document.clock], [false, "2026-01-01T00:00:00.000Z"]);
      assert.deepEqual(
        connector?.alerts.map(({ alert }) => alert),
        ["noSyncForADay", "supportEnded"],
      );
      assert.deepEqual([connector?.servers, connector?.access, connector?.currentServer], [null, null, null]);
      const text = connectorLines(document, createColors(false)).join("\n");
      assert.match(text, /This service tells no more than Graph has a place for/);
      const paint = createColors(true);
      assert.ok(connectorLines(document, paint).join("\n").includes(paint.red("critical")));
    } finally {
      tenant.close();
    }
  });
});

describe("intune-mail connectors", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program(), "package.json": "{}" });
  });
  after(() => project.remove());

  const read = (code = 0, ...options: string[]) => project.json<ConnectorsDocument>(["connectors", ...options], code);
  const alerts = ({ connectors }: ConnectorsDocument) =>
    connectors.flatMap((connector) => connector.alerts.map(({ rule, alert }) => `${rule} ${alert}`));
  async function inTenant(work: (tenant: Tenant) => unknown): Promise<void> {
    const tenant = openTenant({ data: join(project.folder, ".intune-mail") });
    try {
      await work(tenant);
    } finally {
      tenant.close();
    }
  }

  it("says that there is none", async () => {
    const { code, stdout } = await project.run(["connectors", "--expect-healthy"]);
    assert.equal(code, 0);
    assert.match(stdout, /^The tenant has no Exchange connector\. Deploy one first/);
    assert.deepEqual(await read(), {
      version: 1,
      simulation: true,
      clock: "2020-03-02T08:00:00Z",
      healthy: true,
      connectors: [],
    });
  });

  it("tells of one that is well, in a document that stays as it is", async () => {
    await project.json(["up", "--engine", "embedded"]);
    const document = await read(0, "--expect-healthy");
    const [{ id, ...connector } = { id: "" }] = document.connectors;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      { ...document, connectors: [connector] },
      {
        version: 1,
        simulation: true,
        clock: "2020-03-02T08:00:00Z",
        healthy: true,
        connectors: [
          {
            exchangeOrganization: "Contoso Mail",
            exchangeConnectorType: "onPremises",
            serverName: "cas01.contoso.example",
            connectorServerName: null,
            status: "connected",
            lastSyncDateTime: "2020-03-02T08:00:00Z",
            health: "healthy",
            currentServer: "cas01.contoso.example",
            servers: [
              { fqdn: "cas01.contoso.example", role: "ClientAccess", version: "Version 14.3", down: false },
              { fqdn: "cas02.contoso.example", role: "ClientAccess", version: "Version 14.3", down: false },
            ],
            access: { allowed: 7, blocked: 1, quarantined: 2, unknown: 1 },
            alerts: [],
          },
        ],
      },
    );
    const { stdout } = await project.run(["connectors"]);
    assert.match(stdout, /^ {2}Contoso Mail +cas01\.contoso\.example +connected +2020-03-02T08:00:00Z +healthy$/m);
    assert.match(stdout, /^ {2}Contoso Mail +cas02\.contoso\.example +ClientAccess, Version 14\.3 +answers$/m);
    assert.match(stdout, /^ {2}Contoso Mail +7 allowed, 1 blocked, 2 quarantined, 1 not decided$/m);
  });

  it("alerts while its server is down, and while it uses another (X7), with exit code 4 where asked", async () => {
    await inTenant(({ context: { db } }) =>
      db.run("UPDATE clientAccessServer SET down = :down WHERE fqdn LIKE 'cas01.%'", {
        down: JSON.stringify([{ from: 0, to: nowMs + hour }]),
      }),
    );
    await project.json(["sync", "Contoso Mail", "--quick"]);
    const document = await read(4, "--expect-healthy");
    assert.deepEqual(alerts(document), ["X7 serverDown", "X7 failoverInUse"]);
    assert.equal(document.healthy, false);
    const { code, stdout, stderr } = await project.run(["connectors", "--expect-healthy"]);
    assert.equal(code, 4);
    assert.match(stdout, /cas01\.contoso\.example \(uses cas02\.contoso\.example\) +connected/);
    assert.match(stdout, /^ {2}critical {2}X7 {3}Contoso Mail: cas01\.contoso\.example does not answer/m);
    assert.equal(stderr, "1 connector needs attention.\n");
    assert.equal((await project.run(["connectors"])).code, 0, "alerts alone are no failure");
  });

  it("tells of a sync that cannot finish, and sync ends with why (X4)", async () => {
    await inTenant(({ context: { db } }) =>
      db.run("UPDATE exchangeAccount SET cmdlets = :cmdlets", { cmdlets: JSON.stringify(["Get-Command"]) }),
    );
    const { code, stderr } = await project.run(["sync", "Contoso Mail", "--full"]);
    assert.equal(code, 1);
    assert.match(stderr, /full sync of Contoso Mail could not finish.*disconnected\.\n.*X4: .*Get-ActiveSyncDevice/s);
    assert.deepEqual(
      alerts(await read()).filter((alert) => !alert.startsWith("X7")),
      ["X8a notConnected", "X4 cmdletsRefused"],
    );
  });

  it("goes by the tenant's clock: a day without a sync (X10), the end of support (X11)", async () => {
    await inTenant(({ context }) => context.clock.set(nowMs + 25 * hour));
    assert.ok(alerts(await read()).includes("X10 noSyncForADay"));
    await inTenant(({ context }) => context.clock.set(Date.parse("2024-03-01T00:00:00Z")));
    const { stdout } = await project.run(["connectors"]);
    assert.match(stdout, /X11 +Contoso Mail: Support .*hybrid modern authentication/);
  });

  it("prints the file of its machine, new or with what differs (X7, X8)", async () => {
    const { code, stdout } = await project.run(["connectors", "contoso mail", "--configuration"]);
    assert.equal(code, 0);
    assert.match(stdout, /^<\?xml.*<IsCasFailoverEnabled>true<.*<EnableParallelCommandSupport>false</s);
    const there =
      "<A>\r\n  <!-- ours -->\r\n  <Interval>5</Interval>\r\n  <IsCasFailoverEnabled>false</IsCasFailoverEnabled>\r\n  <EnableParallelCommandSupport>false</EnableParallelCommandSupport>\r\n</A>\r\n";
    project.write("there.xml", there);
    const merged = await project.run(["connectors", "--configuration", "--merge", "there.xml"]);
    assert.equal(merged.stdout, there.replace("Enabled>false", "Enabled>true"));
    assert.equal(readFileSync(join(project.folder, "there.xml"), "utf8"), there, "the file itself is left");
    assert.ok(!merged.stdout.includes(password));
  });

  const refused: { name: string; args: string[]; code: number; says: RegExp }[] = [
    { name: "--merge alone", args: ["--merge", "x.xml"], code: 2, says: /go with --configuration/ },
    { name: "a connector alone", args: ["Contoso Mail"], code: 2, says: /go with --configuration/ },
    { name: "--json for the file", args: ["--configuration", "--json"], code: 2, says: /prints the file alone/ },
    {
      name: "a connector that is not there",
      args: ["Fabrikam", "--configuration"],
      code: 1,
      says: /"Fabrikam" is not one connector.*\n +Contoso Mail on cas01/,
    },
    {
      name: "a file that is not there",
      args: ["--configuration", "--merge", "none.xml"],
      code: 1,
      says: /none\.xml does not exist/,
    },
    {
      name: "a file that is no XML",
      args: ["--configuration", "--merge", "Pulumi.yaml"],
      code: 1,
      says: /Pulumi\.yaml cannot be changed\. It is no XML/,
    },
  ];
  for (const { name, args, code, says } of refused) {
    it(`refuses ${name}`, async () => {
      const ran = await project.run(["connectors", ...args]);
      assert.deepEqual([ran.code, ran.stdout], [code, ""]);
      assert.match(ran.stderr, says);
    });
  }
});
