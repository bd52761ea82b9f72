/** `payload`: what arrives on devices, one file for each profile and user. */
import { join, resolve } from "node:path";
import { Command } from "commander";
import type { Graph } from "../../graph/client";
import { Ended } from "../failure";
import { writeWhole } from "../files";
import { withExamples } from "../help";
import { columns, count, type Out, processOut, section } from "../out";
import { documentOf, type Made, makeAll, makeOne, type NotMade } from "../payload/make";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";

interface Options extends TargetOptions {
  user?: string;
  device?: string;
  all?: boolean;
  out?: string;
  json?: boolean;
}

export const payloadVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("payload"))
      .description("Write what arrives on a user's device: .mobileconfig, .syncml.xml or .json.")
      .argument("[profile]", "id or display name of an email profile")
      .option("--user <name or id>", "user principal name or id of the person who gets it")
      .option("--device <name or id>", "one of the user's devices: what its version lacks is left out")
      .option("--all", "every deployed profile, for everybody that it reaches")
      .option("--out <path>", "file to write to, not stdout; with --all, the folder for the files")
      .addOption(jsonOption()),
    'intune-mail payload "Mail on iPhones" --user ada@contoso.example --out ada.mobileconfig',
    'intune-mail payload "Mail on iPhones" --user ada@contoso.example --device ADA-IPHONE',
    "intune-mail payload --all --out payloads --json",
  ).action(async (profile: string | undefined, options: Options) => {
    const out = processOut(options.json);
    const wanted = check(profile, options);
    await withTenant(settingsFor(options), (graph) =>
      "folder" in wanted ? writeAll(graph, wanted.folder, options, out) : writeOne(graph, wanted, options, out),
    );
  });

type Wanted = { folder: string } | { profile: string; user: string };

function check(profile: string | undefined, { all, user, device, out }: Options): Wanted {
  if (all) {
    const given = Object.entries({ "a profile": profile, "--user": user, "--device": device });
    const [extra] = given.filter(([, value]) => value !== undefined);
    if (extra) throw new Ended("usage", `error: --all is for every profile and user; leave out ${extra[0]}`);
    if (out === undefined) throw new Ended("usage", "error: --all needs --out, the folder for the files");
    return { folder: resolve(out) };
  }
  if (profile === undefined) throw new Ended("usage", "error: name a profile, or give --all");
  if (user === undefined) throw new Ended("usage", "error: name the user who gets it with --user");
  return { profile, user };
}

async function writeOne(graph: Graph, wanted: { profile: string; user: string }, options: Options, out: Out) {
  const made = await makeOne(graph, wanted.profile, wanted.user, options.device);
  const file = options.out === undefined ? undefined : resolve(options.out);
  if (file) writeWhole(file, made.payload.text);
  if (options.json) out.document(documentOf([made], [], file ? () => file : undefined));
  else if (!file) out.raw(made.payload.text);
  noteLosses([made], out);
  if (file) out.note(`Wrote ${made.profile.displayName} for ${made.user.userPrincipalName} to ${file}.`);
}

async function writeAll(graph: Graph, folder: string, options: Options, out: Out) {
  const { made, failures } = await makeAll(graph, out.progress).finally(() => out.progress());
  const fileOf = ({ payload }: Made) => join(folder, payload.fileName);
  for (const each of made) writeWhole(fileOf(each), each.payload.text);
  if (options.json) out.document(documentOf(made, failures, fileOf));
  for (const line of section("Payloads", tableOf(made, failures), out.paint).slice(1)) out.line(line);
  noteLosses(made, out);
  out.note(
    made.length + failures.length === 0
      ? "Nothing to write: no email profile is deployed to anybody."
      : `Wrote ${count(made.length, "file")} to ${folder}.`,
  );
  if (failures.length > 0) {
    const messages = failures.map(({ message }) => `  ${message}`).join("\n");
    throw new Ended("failed", `${count(failures.length, "file")} could not be made:\n${messages}`);
  }
}

/** How many files each profile came to. */
function tableOf(made: readonly Made[], failures: readonly NotMade[]): string[] {
  const rows = new Map<string, { type: string; name: string; made: number; failed: number }>();
  const rowOf = ({ profile, type }: Made | NotMade) => {
    const row = rows.get(profile.id) ?? { type, name: profile.displayName, made: 0, failed: 0 };
    rows.set(profile.id, row);
    return row;
  };
  for (const each of made) rowOf(each).made++;
  for (const each of failures) rowOf(each).failed++;
  return columns(
    [...rows.values()].map(({ type, name, made, failed }) => [
      `  ${name}`,
      type,
      count(made, "file"),
      failed === 0 ? "" : `${failed} failed`,
    ]),
  );
}

/** What of a profile does not arrive: said once for all the settings, and all the people, whom it holds for. */
function noteLosses(made: readonly Made[], out: Out): void {
  const losses = new Map<string, { name: string; why: string; what: Set<string>; people: Set<string> }>();
  for (const { profile, user, payload } of made) {
    for (const note of payload.notes) {
      const [, what = "", why = ""] = /^(.*?): (.*)$/s.exec(note) ?? [note, "the profile", note];
      const key = `${profile.id} ${why}`;
      const loss = losses.get(key) ?? { name: profile.displayName, why, what: new Set(), people: new Set() };
      losses.set(key, loss);
      loss.what.add(what);
      loss.people.add(user.id);
    }
  }
  for (const { name, why, what, people } of losses.values()) {
    const several = people.size > 1 ? ` (${people.size} users)` : "";
    out.note(`note: ${name}: ${[...what].join(", ")}: ${why}${several}`);
  }
}
