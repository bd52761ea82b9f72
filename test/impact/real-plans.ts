/** Plans of the real CLI: small programs on a stack of their own, and what `pulumi preview --json` says of each. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { openTenant } from "../../provider/tenant";
import { UNKNOWN } from "../../provider/values";
import { makeProject, projectFile } from "../cli/project";
import { scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";

export interface RealPlan {
  name: string;
  /** What is deployed before; undefined: what the one before it has left. */
  given?: string;
  /** What somebody changes in the tenant by hand; `ID` is the id of the profile "iphones". */
  byHand?: { method: string; body?: object };
  program: string;
  args?: readonly string[];
  env?: Record<string, string>;
  /** The file that it writes, which is taken instead of what it prints. */
  writes?: string;
}

/** What every program begins with: each kind of resource by its name, and what is special in it. */
const prelude = `
const pulumi = require("@pulumi/pulumi");
const p = require("pulumi-intune-mail");
const { secret } = pulumi;
const defaults = ${JSON.stringify({
  mail: profileInputs("ios", { displayName: "Mail on iPhones", hostName: "mail.contoso.example" }),
  ios: [trustedInputs("ios"), scepInputs("ios"), profileInputs("ios")],
  androidForWork: [trustedInputs("androidForWork"), scepInputs("androidForWork"), profileInputs("androidForWorkGmail")],
  connector: {
    exchangeOrganization: "Contoso Mail",
    exchangeConnectorType: "onPremises",
    serverName: "cas01.contoso.example",
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: "Tr0ub4dor&3" },
    notificationAccount: { address: "mail-notifications@contoso.example", password: "Tr0ub4dor&3" },
  },
})};
const mail = (name, over, options) => new p.EmailProfile(name, { ...defaults.mail, ...over }, options);
const to = (name, { id }, group = "iPhone users") => new p.Deployment(name, { profileId: id, includedGroups: [group] });
const connector = (over, options) => new p.ExchangeConnector("contoso", { ...defaults.connector, ...over }, options);
class Mine extends pulumi.dynamic.Resource {
  constructor(name, inputs) { super({ async create(outs) { return { id: "1", outs }; } }, name, inputs); }
}
`;

const base = (over = "", options = "") =>
  `to("to-iphones", mail("iphones", { ${over} }, { ${options} })); connector();`;
const moved = base('hostName: "mail2.contoso.example"');
/** Two chains of certificates for one platform, the later named first, so that no order tells which is whose. */
const chains = (platform = "ios") => `
const [root, scep, profile] = defaults.${platform};
const made = (Type, inputs, displayName, over) => new Type(displayName, { ...inputs, displayName, ...over });
const [rootTwo, rootOne] = ["rootTwo", "rootOne"].map((name) => made(p.TrustedCertificate, root, name));
const scepOne = made(p.ScepCertificate, scep, "scepOne", { rootCertificate: rootOne.id });
const scepTwo = made(p.ScepCertificate, scep, "scepTwo", { rootCertificate: rootTwo.id });
const by = ({ id }) => ({ authenticationMethod: "certificate", identityCertificate: id });
made(p.EmailProfile, profile, "mailTwo", by(scepTwo));
made(p.EmailProfile, profile, "mailOne", by(scepOne));
`;

export const realPlans: readonly RealPlan[] = [
  { name: "create", program: base() },
  {
    name: "secrets",
    program: `connector({ exchangeAccount: secret(defaults.connector.exchangeAccount) });
mail("hidden", { displayName: "Hidden", hostName: secret("mail.contoso.example") });`,
  },
  {
    name: "update",
    given: base(),
    program: base('durationOfEmailToSync: "oneMonth", accountName: secret("Contoso")'),
  },
  { name: "replace", program: moved },
  { name: "delete", program: 'console.log("said"); pulumi.log.warn("Mind the gap.");' },
  {
    name: "others",
    program: `${base()}
const team = new pulumi.ComponentResource("my:index:Team", "team");
const server = new Mine("server", { address: undefined, size: 1 });
mail("more", { displayName: "More", description: server.address }, { parent: team });`,
  },
  { name: "events", program: moved, env: { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" } },
  { name: "replacement-steps", program: moved, args: ["--show-replacement-steps"] },
  { name: "sames", program: base(), args: ["--show-sames"] },
  { name: "nothing", program: base() },
  {
    name: "renamed",
    program: base('durationOfEmailToSync: "oneMonth"', 'aliases: [{ name: "iphones" }]').replace(
      '"iphones"',
      '"phones"',
    ),
  },
  {
    name: "refused",
    program: base().replace("connector()", 'to("more", mail("more", { displayName: "More" }), "Nobody")'),
  },
  { name: "broken", program: 'throw new Error("No such file.");' },
  { name: "read", program: 'p.EmailProfile.get("seen", "ID"); p.EmailProfile.get("iphones", "ID");' },
  { name: "update-plan", program: moved, args: ["--save-plan", "saved.json"], writes: "saved.json" },
  {
    name: "refresh",
    byHand: {
      method: "PATCH",
      body: { "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", durationOfEmailToSync: "oneMonth" },
    },
    program: base(),
    args: ["--refresh"],
  },
  { name: "drifted", program: base('accountName: "Contoso mail"') },
  { name: "refresh-gone", byHand: { method: "DELETE" }, program: base(), args: ["--refresh"] },
  {
    name: "gone",
    given: 'mail("iphones");',
    byHand: { method: "DELETE" },
    program: 'mail("iphones", { accountName: "Contoso mail" });',
  },
  {
    name: "protected",
    given: 'mail("again", {}, { protect: true });',
    program: 'mail("again", { hostName: "b.example" }, { protect: true });',
  },
  { name: "kept", given: 'mail("again", {}, { retainOnDelete: true });', program: "" },
  {
    name: "kept-replaced",
    program: 'mail("again", { displayName: "Other", hostName: "b.example" }, { retainOnDelete: true });',
  },
  {
    name: "discarded",
    given: 'mail("again"); p.EmailProfile.get("seen", "ID");',
    program: 'mail("again");',
  },
  { name: "chains-create", program: `mail("again"); ${chains()}` },
  { name: "chains-replaced", given: chains(), program: chains("androidForWork") },
];

/** The whole program of one of them. */
export const programOf = (name: string): string => prelude + realPlans.find((one) => one.name === name)!.program;

/** How many of them are enough to see that the CLI still writes what is kept. */
export const firstPlans = 7;

/** Makes the plans, one after another. */
export async function* makeRealPlans(
  pulumi: string,
  plans = realPlans,
): AsyncGenerator<{ name: string; text: string }> {
  const project = await makeProject({ "Pulumi.yaml": projectFile, "package.json": "{}" });
  const state = join(project.folder, "state");
  mkdirSync(state);
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const path = [dirname(process.execPath), process.env.PATH, dirname(require.resolve("@pulumi/pulumi/package.json"))];
    const settings = {
      ...{ PATH: path.join(":"), PULUMI_BACKEND_URL: pathToFileURL(state).href, PULUMI_CONFIG_PASSPHRASE: "of a test" },
      ...{ PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: join(project.folder, "home") },
    };
    const options = { cwd: project.folder, env: { ...process.env, ...settings, ...env }, maxBuffer: 1 << 28 };
    // A preview that fails has told why in its plan.
    return promisify(execFile)(pulumi, args, options).catch((error: { stdout: string; stderr: string }) => error);
  };
  let id = "";
  const write = (text: string) => project.write("index.js", prelude + text.replaceAll('"ID"', JSON.stringify(id)));
  try {
    await run(["stack", "init", "dev"]);
    for (const { name, given, byHand, program, args = [], env, writes } of plans) {
      if (given !== undefined) {
        write(given);
        const { stderr } = await run(["up", "--yes", "--skip-preview"]);
        if (stderr) throw new Error(`${name}: ${stderr}`);
        id = (await idOf(project.folder)) ?? id;
      }
      if (byHand) await byHandIn(project.folder, id, byHand);
      write(program);
      const { stdout } = await run(["preview", "--json", ...args], env);
      yield {
        name,
        text: scrubbed(writes ? readFileSync(join(project.folder, writes), "utf8") : stdout, project.folder),
      };
    }
  } finally {
    project.remove();
  }
}

const data = (folder: string) => ({ data: join(folder, ".intune-mail") });
const configurations = "http://embedded/beta/deviceManagement/deviceConfigurations";

async function idOf(folder: string): Promise<string | undefined> {
  const tenant = openTenant(data(folder));
  try {
    const { value } = (await (await tenant.fetch(new Request(configurations))).json()) as {
      value: { id: string; displayName: string }[];
    };
    return value.find(({ displayName }) => displayName === "Mail on iPhones")?.id;
  } finally {
    tenant.close();
  }
}

async function byHandIn(folder: string, id: string, { method, body }: NonNullable<RealPlan["byHand"]>): Promise<void> {
  const tenant = openTenant(data(folder));
  try {
    const headers = { "Content-Type": "application/json" };
    const request = new Request(`${configurations}/${id}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { status } = await tenant.fetch(request);
    // What is gone may be so already.
    if (status >= 300 && status !== 404) throw new Error(`${method} answers ${status}`);
  } finally {
    tenant.close();
  }
}

// --- the same each time -------------------------------------------------------------------------------------------------

const noise = new Set([
  "sourcePosition",
  "stackTrace",
  "created",
  "modified",
  "duration",
  "timestamp",
  "time",
  "durationSeconds",
]);

/** Without times, places of this machine and the SDK's debug log. */
function scrubbed(text: string, folder: string): string {
  const said = (value: unknown) =>
    typeof value === "string" ? value.replace(/^ +at .*\n/gm, "").replaceAll(folder, "/project") : value;
  const clean = (line: string) => JSON.parse(line, (key, value) => (noise.has(key) ? undefined : said(value)));
  const one = (value: unknown) =>
    JSON.stringify(value, null, 1).replace(/(pulumi-nodejs::default)::[0-9a-f-]{36}/g, `$1::${UNKNOWN}`);
  try {
    return `${one(clean(text))}\n`;
  } catch {
    const events = text.trim().split("\n").map(clean);
    return events
      .filter(({ diagnosticEvent }) => diagnosticEvent?.severity !== "debug")
      .map((event) => `${JSON.stringify(event)}\n`)
      .join("");
  }
}

/** What is to be the same of two plans: steps in any order of what does not hang together, and any ids. */
export function shapeOf(text: string): unknown {
  const numbers = new Map<string, number>();
  const numbered = (value: string) =>
    value.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!numbers.has(id)) numbers.set(id, numbers.size);
      return id === UNKNOWN ? id : `ID${numbers.get(id)}`;
    });
  const lines = text.startsWith("{\n")
    ? [JSON.parse(text)]
    : text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
  const key = (one: object) =>
    JSON.stringify(one).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"sequence":\d+/g, "");
  const sorted = (all: object[]) => all.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  const shaped = lines.map(({ sequence, steps, diagnostics, ...rest }) => ({
    ...rest,
    ...(steps && { steps: sorted(steps) }),
    ...(diagnostics && { diagnostics: sorted(diagnostics) }),
  }));
  return JSON.parse(numbered(JSON.stringify(sorted(shaped))));
}
