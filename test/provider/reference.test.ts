/** docs/reference: what each input means, which words it takes and where, and what a change does; made from the tables. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { z } from "zod";
import type { OnChange } from "../../provider/on-change";
import { type Has, has, type Lacks } from "../../provider/platform";
import { platforms } from "../../provider/platforms";
import { type Kind, resourceTypes } from "../../provider/resources";
import { scepCertificateTypes } from "../../provider/resources/scep-certificate";
import { trustedCertificateTypes } from "../../provider/resources/trusted-certificate";

const folder = join(__dirname, "../../docs/reference");
const sdk = join(__dirname, "../../sdk");

/** Kebab case, as the files of the SDK are named. */
const fileOf = (kind: string) => kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

interface Type {
  title: string;
  odataType: string;
  settings: Record<string, Has | Lacks>;
}

/** Kinds whose settings depend on the platform. */
const types: Partial<Record<Kind, Record<string, Type>>> = {
  EmailProfile: platforms,
  TrustedCertificate: trustedCertificateTypes,
  ScepCertificate: scepCertificateTypes,
};

// --- what the SDK says ------------------------------------------------------------------------------------------------

/** The first sentences of the comments of a file's interfaces, by property, and that of its class. */
function comments(kind: string): { resource: string; inputs: Map<string, string> } {
  const source = ts.createSourceFile(
    "x.ts",
    readFileSync(join(sdk, `${fileOf(kind)}.ts`), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const inputs = new Map([["platform", "Which kind of device it is for."]]);
  let resource = "";
  const said = (node: ts.Node): string => {
    const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    return oneLine(ts.getTextOfJSDocComment(comment?.comment) ?? "");
  };
  for (const node of source.statements) {
    if (ts.isClassDeclaration(node) && node.name?.text === kind) resource = said(node);
    if (!ts.isInterfaceDeclaration(node)) continue;
    for (const member of node.members) {
      const name = member.name && ts.isIdentifier(member.name) ? member.name.text : "";
      const text = said(member);
      if (text !== "" && !inputs.has(name)) inputs.set(name, text);
    }
  }
  return { resource, inputs };
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
const cell = (text: string) => text.replaceAll("|", "\\|");

// --- what the tables say ------------------------------------------------------------------------------------------------

/** Values that a schema takes, in words. */
function values(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${word}\``).join(", ");
  if (schema instanceof z.ZodBoolean) return "`true`, `false`";
  if (schema instanceof z.ZodNumber) return "a number";
  if (schema instanceof z.ZodArray) {
    return schema.element instanceof z.ZodString
      ? "a list of texts"
      : `a list of ${values(schema.element as z.ZodType)}`;
  }
  if (schema instanceof z.ZodString) return "a text";
  return "an object";
}

function change(onChange: OnChange | undefined): string {
  switch (onChange?.does) {
    case "replace":
      return `**replaces** (${onChange.rule}): ${onChange.why}`;
    case "record":
      return "nothing is sent";
    case "update":
      return onChange.secret ? "updates in place, never shown" : "updates in place";
    default:
      return "";
  }
}

const presence = (row: Has | Lacks | undefined): string => {
  if (row === undefined || !has(row)) return "–";
  return row.required ? "required" : row.as === "annotation" ? "annotation" : "optional";
};

function page(kind: Kind): string {
  const { resource, inputs } = comments(kind);
  const { onChange } = resourceTypes[kind];
  const byPlatform = types[kind];
  const lines = [
    `# ${kind}`,
    "",
    resource,
    "",
    "Made from the tables by `test/provider/reference.test.ts`; `UPDATE_GOLDEN=1` writes it anew.",
    "",
  ];
  lines.push("## Inputs", "", "| input | what it is | a change |", "|---|---|---|");
  for (const [name, row] of Object.entries<OnChange>(onChange)) {
    lines.push(`| \`${name}\` | ${cell(inputs.get(name) ?? "")} | ${cell(change(row))} |`);
  }
  if (byPlatform) lines.push(...platformTables(byPlatform, Object.keys(onChange)));
  return `${lines.join("\n")}\n`;
}

function platformTables(byPlatform: Record<string, Type>, names: string[]): string[] {
  const all = Object.entries(byPlatform);
  const lines = ["", "## Platforms", "", "| platform | name | Graph's type |", "|---|---|---|"];
  lines.push(...all.map(([name, { title, odataType }]) => `| \`${name}\` | ${title} | \`${odataType}\` |`));
  const settings = names.filter((name) => all.some(([, type]) => type.settings[name] !== undefined));
  const head = all.map(([name]) => name).join(" | ");
  lines.push("", "## Where each setting exists (E3)", "", `| setting | ${head} |`, `|---|${"---|".repeat(all.length)}`);
  for (const name of settings) {
    lines.push(`| \`${name}\` | ${all.map(([, type]) => presence(type.settings[name])).join(" | ")} |`);
  }
  lines.push("", "## What each setting takes", "", "| setting | values |", "|---|---|");
  for (const name of settings) lines.push(...valueLines(name, all));
  lines.push("", "## Why a setting is not there", "", "| setting | platforms | why |", "|---|---|---|");
  for (const name of settings) lines.push(...lackLines(name, all));
  return lines;
}

/** One line where all platforms take the same, else one for each group of them. */
const valueLines = (name: string, all: [string, Type][]) => {
  const groups = grouped(all, ({ settings: { [name]: row } }) => (row && has(row) ? values(row.value) : undefined));
  return [...groups].map(
    ([text, on]) => `| \`${name}\`${groups.size > 1 ? ` (${on.join(", ")})` : ""} | ${cell(text)} |`,
  );
};

const lackLines = (name: string, all: [string, Type][]) =>
  [...grouped(all, ({ settings: { [name]: row } }) => (row && !has(row) ? row.lacks : undefined))].map(
    ([text, on]) => `| \`${name}\` | ${on.join(", ")} | ${cell(text)} |`,
  );

function grouped(all: [string, Type][], of: (type: Type) => string | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [platform, type] of all) {
    const text = of(type);
    if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), platform]);
  }
  return groups;
}

function index(): string {
  const rows = Object.keys(resourceTypes).map((kind) => {
    const { resource } = comments(kind);
    return `| [${kind}](${fileOf(kind)}.md) | ${cell(resource)} |`;
  });
  const rules = "Rules are cited by number; [rules.md](../../test/golden/rules.md) lists them.";
  return ["# Reference", "", rules, "", "| resource | what it is |", "|---|---|", ...rows, ""].join("\n");
}

describe("docs/reference", () => {
  const pages: Record<string, () => string> = {
    "README.md": index,
    ...Object.fromEntries(
      (Object.keys(resourceTypes) as Kind[]).map((kind) => [`${fileOf(kind)}.md`, () => page(kind)]),
    ),
  };
  for (const [name, text] of Object.entries(pages)) {
    it(`${name} says what the tables say (UPDATE_GOLDEN=1 writes it anew)`, () => {
      const file = join(folder, name);
      if (process.env.UPDATE_GOLDEN) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, text());
      }
      assert.equal(existsSync(file) && readFileSync(file, "utf8"), text());
    });
  }

  for (const kind of Object.keys(resourceTypes) as Kind[]) {
    it(`says what each input of ${kind} is`, () => {
      const { resource, inputs } = comments(kind);
      assert.notEqual(resource, "");
      const without = Object.keys(resourceTypes[kind].onChange).filter((name) => !inputs.has(name));
      // Graph's own names of these say all that is known of them.
      assert.deepEqual(
        without.filter((name) => !/^smime|CertificateType$|^easServicesUser/.test(name)),
        [],
      );
    });
  }
});
