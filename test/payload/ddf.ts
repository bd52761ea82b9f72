/** Holds SyncML against Microsoft's device description of the ActiveSync service provider. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";

type Json = Record<string, unknown>;

interface Node {
  name: string;
  verbs: string[];
  format: string;
  atomic: boolean;
  /** What is wrong with a value (of a dynamic node: with its name). */
  wrong(value: string): string | undefined;
  children: Node[];
}

const parser = (lists: string[]) =>
  new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => lists.includes(name),
  });

const file = join(__dirname, "../fixtures/windows/ActiveSync.ddf-v2.xml");
const source = readFileSync(file, "utf8").replace(/<!DOCTYPE[\s\S]*?\]>/, "");
const tree = toNode(((parser(["Node", "MSFT:Enum"]).parse(source) as Json).MgmtTree as { Node: Json[] }).Node[0]!);

function toNode(raw: Json): Node {
  const properties = raw.DFProperties as Json;
  const keys = (name: string) => Object.keys((properties[name] ?? {}) as Json).filter((key) => key !== "#text");
  return {
    name: String(raw.NodeName ?? ""),
    verbs: keys("AccessType"),
    format: keys("DFFormat")[0]!,
    atomic: "MSFT:AtomicRequired" in properties,
    wrong: rule(properties),
    children: ((raw.Node ?? []) as Json[]).map(toNode),
  };
}

function rule(properties: Json): Node["wrong"] {
  const allowed = (properties["MSFT:AllowedValues"] ?? {}) as Json;
  const value = allowed["MSFT:Value"] as string;
  switch (allowed["@_ValueType"]) {
    case "ENUM": {
      const values = (allowed["MSFT:Enum"] as Json[]).map((one) => one["MSFT:Value"]);
      return (given) => (values.includes(given) ? undefined : `${given} is not one of ${values.join(", ")}`);
    }
    case "RegEx":
      return (given) => (new RegExp(`^(?:${value})$`).test(given) ? undefined : `${given} does not match ${value}`);
    case "Range": {
      const [, low, high] = /^\[\((-?\d+)\)-(\d+)\]$/.exec(value)!;
      return (given) =>
        /^-?\d+$/.test(given) && Number(given) >= Number(low) && Number(given) <= Number(high)
          ? undefined
          : `${given} is not in ${value}`;
    }
    default:
      return uniqueName(properties);
  }
}

/** The names of content types are in prose only. */
function uniqueName(properties: Json): Node["wrong"] {
  const naming = (properties["MSFT:DynamicNodeNaming"] ?? {}) as Json;
  const names = String(naming["MSFT:UniqueName"] ?? "").match(/\{[0-9a-f-]{36}\}/g);
  return (given) => (!names || names.includes(given) ? undefined : `${given} is not one of ${names.join(", ")}`);
}

interface Command {
  verb: string;
  id: string;
  uri: string;
  format?: string;
  data?: string;
  atomic: boolean;
}

const verbs = ["Add", "Replace", "Delete"];

/** All that the description, and the rules of the provider's page, find wrong; `root` is `./User/Vendor/MSFT` or the old one. */
export function ddfErrors(text: string, root = "./User/Vendor/MSFT"): string[] {
  const broken = XMLValidator.validate(text);
  if (broken !== true) return [`not well-formed: ${broken.err.msg}`];
  const { SyncML: message } = parser([...verbs, "Atomic"]).parse(text) as { SyncML?: Json };
  const body = message?.SyncBody as Json | undefined;
  if (!body) return ["no SyncML with a body"];
  const atomics = (body.Atomic ?? []) as Json[];
  const commands = [...commandsIn(body, false), ...atomics.flatMap((one) => commandsIn(one, true))];
  const errors = commands.flatMap((command) => commandErrors(command, root));
  const ids = [...atomics.map((one) => String(one.CmdID)), ...commands.map(({ id }) => id)];
  if (new Set(ids).size !== ids.length || ids.includes("undefined")) errors.push("CmdID: missing, or used twice");
  if (!("Final" in body)) errors.push("Final: missing");
  if (commands.length === 0) errors.push("no commands");
  return [...errors, ...accountErrors(commands)];
}

function commandsIn(parent: Json, atomic: boolean): Command[] {
  return verbs.flatMap((verb) =>
    ((parent[verb] ?? []) as Json[]).map((command) => {
      const item = command.Item as Json;
      const format = (item.Meta as Json | undefined)?.Format as Json | undefined;
      return {
        verb,
        id: String(command.CmdID),
        uri: String((item.Target as Json).LocURI),
        format: format && String(format["#text"]),
        data: item.Data as string | undefined,
        atomic,
      };
    }),
  );
}

function commandErrors({ verb, uri, format, data, atomic }: Command, root: string): string[] {
  if (!uri.startsWith(`${root}/ActiveSync`)) return [`${uri}: not below ${root}/ActiveSync`];
  if (/[{}\s]/.test(uri)) return [`${uri}: characters that a URI cannot have`];
  const names = decodeURIComponent(uri.slice(root.length + "/ActiveSync".length))
    .split("/")
    .filter(Boolean);
  const errors: string[] = [];
  let node = tree;
  let needsAtomic = false;
  for (const name of names) {
    const next = node.children.find((child) => child.name === name) ?? node.children.find((child) => child.name === "");
    if (!next) return [`${uri}: there is no node ${name}`];
    if (next.name === "") errors.push(...[next.wrong(name)].flatMap((wrong) => (wrong ? [`${uri}: ${wrong}`] : [])));
    needsAtomic ||= next.atomic;
    node = next;
  }
  if (needsAtomic && !atomic) errors.push(`${uri}: must be in an Atomic`);
  if (!node.verbs.includes(verb)) errors.push(`${uri}: does not take ${verb}`);
  if (verb === "Delete") return errors;
  if (format !== node.format) errors.push(`${uri}: format is ${format}, not ${node.format}`);
  if (node.format === "node") return errors;
  if (data === undefined) return [...errors, `${uri}: no data`];
  const wrong = node.wrong(data);
  return wrong ? [...errors, `${uri}: ${wrong}`] : errors;
}

function accountErrors(commands: Command[]): string[] {
  const added = commands.filter(({ verb }) => verb === "Add");
  const errors: string[] = [];
  if (added.length > 0 && added[0]!.format !== "node") errors.push("the account's node does not come first");
  if (added.length > 0 && !added.some(({ uri }) => uri.endsWith("/EmailAddress")))
    errors.push("EmailAddress: required");
  if (commands.some(({ uri }) => uri.endsWith("/Password"))) errors.push("Password: never (E6)");
  return errors;
}
