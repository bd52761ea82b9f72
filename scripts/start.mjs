/**
 * The main job, on what the command is made of: preview and up of the quickstart on the embedded tenant, a check-in of
 * all devices, a full sync of the connector, and what came of it for people.
 */
import { createRequire } from "node:module";
import { onOwnNode, readSetupTimes, root, runNode, seconds } from "./parts.mjs";

if (!onOwnNode()) process.exit((await runNode(process.argv.slice(1))).code);

// A tenant of the caller's is not the place to rehearse on, nor is the caller's Pulumi account.
for (const name of Object.keys(process.env)) if (name.startsWith("INTUNE_MAIL_")) delete process.env[name];
const project = { cwd: root, stack: "dev", engine: "embedded" };

const require = createRequire(import.meta.url);
const cli = (module) => require(`../dist/provider/cli/${module}.js`);
const { deploy } = cli("deployment/deploy");
const { failureText, summary } = cli("deployment/lines");
const { describeFailure, Ended } = cli("failure");
const { interruptible } = cli("interrupt");
const { processOut, section } = cli("out");
const { checkInDevices } = cli("tenant/control");
const { alertLines, exchangeLines, profileLines, readStatus } = cli("tenant/status");
const { syncConnector } = cli("tenant/sync");
const { settingsFor, withTenant } = cli("tenant/target");

const out = processOut();
const times = readSetupTimes();

/** The advice of the preview is not said again by what follows it. */
const told = new Set();
const once = {
  ...out,
  note: (text) => {
    if (!told.has(text)) out.note(text);
    told.add(text);
  },
};

try {
  await interruptible(rehearse, out.note);
} catch (error) {
  out.note(describeFailure(error));
  process.exitCode = error instanceof Ended && error.exit === "interrupted" ? 130 : 1;
}

async function rehearse(signal) {
  out.line(
    `${out.paint.bold("examples/quickstart")} on the simulated tenant in .intune-mail, with the embedded engine`,
  );
  out.line();
  const preview = await timed("preview", () => deployed("preview", once, signal));
  out.line(`preview: ${summary("preview", preview)}.`);
  // The preview has just checked the program's types; checking them again tells nothing new.
  process.env.PULUMI_NODEJS_TRANSPILE_ONLY = "true";
  const up = await timed("up", () => deployed("up", { ...once, line: () => {} }, signal));
  out.line(`up: ${summary("up", up)}${isUnchanged(up) ? " (no changes)" : ""}.`);
  await withTenant(settingsFor(project), async (graph) => {
    const { checkedIn } = await timed("check-in", () => checkInDevices(graph));
    out.line(`check-in: ${checkedIn} devices.`);
    const { lastSyncDateTime } = await timed("sync", () => syncConnector(graph, "Contoso Mail", "full"));
    out.line(`full sync of Contoso Mail: ${lastSyncDateTime} by the tenant's clock.`);
    tell(await readStatus(graph));
  });
  tellTimes();
}

async function deployed(operation, where, signal) {
  const { result, failure } = await deploy(operation, project, where, signal);
  if (signal.aborted) throw new Ended("interrupted", failure);
  if (failure !== undefined) throw new Ended("failed", failureText(operation, project.stack, result, failure));
  return result;
}

function isUnchanged({ changes }) {
  return Object.keys(changes).every((op) => op === "same");
}

async function timed(name, work) {
  const since = performance.now();
  const result = await work();
  times[name] = performance.now() - since;
  return result;
}

function tell(status) {
  const lines = [
    ...section("Email profiles on devices", profileLines(status), out.paint),
    ...section("Alerts", alertLines(status.alerts), out.paint),
    ...section("Access to Exchange", exchangeLines(status.exchangeOrganizations), out.paint),
  ];
  lines.forEach(out.line);
}

function tellTimes() {
  const all = Object.entries(times).map(([name, ms]) => `${name} ${seconds(ms)}`);
  out.line();
  out.line(out.paint.dim(`Time: ${all.join(", ")}; deployment (preview + up) ${seconds(times.preview + times.up)}.`));
  out.line(out.paint.dim("Next: change hostName in examples/quickstart/index.ts, and run npm start again."));
}
