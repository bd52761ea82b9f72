/**
 * `OnPremisesExchangeConnectorServiceConfiguration.xml`, by which a connector on its machine is told what Graph has no
 * place for (X7, X8). Elements that are known are set; all else stays as it is, to the byte: the file belongs to the
 * connector, whose other elements we do not know.
 */
import { below, elementsOf, type Found } from "./elements";
import { ConfigurationError } from "./error";

export { ConfigurationError } from "./error";

/** Elements that are known, with their values in a file that does not have them (X7, X8). */
const known = { IsCasFailoverEnabled: true, EnableParallelCommandSupport: false } as const;

export type Configuration = Record<keyof typeof known, boolean>;
const names = Object.keys(known) as (keyof Configuration)[];

/** On the connector's machine. */
export const configurationPath =
  "%ProgramData%\\Microsoft\\Windows Intune Exchange Connector\\OnPremisesExchangeConnectorServiceConfiguration.xml";

/** A new file. What its root is called is not documented: on a machine, give the file that is there. */
const empty = `<?xml version="1.0" encoding="utf-8"?>
<OnPremisesExchangeConnectorServiceConfiguration>
</OnPremisesExchangeConnectorServiceConfiguration>
`;

/**
 * The text of the file with these values.
 * @param existing the file as it is on the machine: only what differs is changed, and what is missing is added
 */
export function configurationXml(values: Configuration, existing: string = empty): string {
  const { root, found } = read(existing);
  let text = existing;
  // From the end, so that the places before it stay where they are.
  const changes = names
    .flatMap((name) => {
      const there = found.get(name);
      return there && valueIn(there) !== values[name] ? [{ there, name }] : [];
    })
    .toSorted((one, other) => other.there.start - one.there.start);
  const missing = names.filter((name) => !found.has(name));
  // The root's end lies behind all of them, so additions come first.
  if (missing.length > 0)
    text = added(
      text,
      root,
      missing.map((name) => written(name, values[name])),
    );
  for (const { there, name } of changes) text = replaced(text, there, String(values[name]));
  return text;
}

/** What a file says; where it does not, what the connector then does. */
export function readConfiguration(text: string): Configuration {
  const { found } = read(text);
  const values: Configuration = { ...known };
  for (const name of names) {
    const there = found.get(name);
    if (there) values[name] = valueIn(there) ?? known[name];
  }
  return values;
}

/** Why a text cannot be the file; undefined where it can. */
export function configurationProblem(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

const written = (name: string, value: boolean) => `<${name}>${value}</${name}>`;

/** .NET reads `true`, `True` and `1` alike; anything else is undefined, and is then written anew. */
function valueIn({ text }: Found): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" ? false : undefined;
}

function read(text: string): { root: Found; found: Map<keyof Configuration, Found> } {
  const roots = elementsOf(text);
  const [root, another] = roots;
  if (!root || another) throw new ConfigurationError(`It has ${roots.length} root elements, and needs one.`);
  const found = new Map<keyof Configuration, Found>();
  for (const name of names) {
    // Where in the file an element is, is not documented.
    const [one, two] = below(root, name);
    if (two) throw new ConfigurationError(`It has <${name}> more than once: leave one of them.`);
    if (one) found.set(name, one);
  }
  return { root, found };
}

/** The value in place of the old one; the start tag, with what attributes it has, stays. */
function replaced(text: string, there: Found, value: string): string {
  const { open, name } = tagOf(text, there);
  return `${text.slice(0, there.start)}${open}${value}</${name}>${text.slice(there.end)}`;
}

/** An element's start tag, as that of one with content, and its name; a `>` may stand in an attribute's value. */
function tagOf(text: string, { start, end }: Found): { open: string; name: string; isEmpty: boolean } {
  const [tag = ""] = /^<(?:[^>"']|"[^"]*"|'[^']*')*>/.exec(text.slice(start, end)) ?? [];
  const isEmpty = tag.endsWith("/>");
  return { open: isEmpty ? `${tag.slice(0, -2).trimEnd()}>` : tag, name: /^<([^\s/>]+)/.exec(tag)?.[1] ?? "", isEmpty };
}

/** New elements at the end of the root, each on a line of its own, as far in as those before. */
function added(text: string, place: Found, elements: readonly string[]): string {
  const { start, end } = place;
  const { open, name, isEmpty } = tagOf(text, place);
  const root = text.slice(start, end);
  const newLine = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = /\n([ \t]+)<[^/]/.exec(root)?.[1] ?? "  ";
  const lines = elements.map((element) => `${indent}${element}${newLine}`).join("");
  if (isEmpty) return `${text.slice(0, start)}${open}${newLine}${lines}</${name}>${text.slice(end)}`;
  const close = root.lastIndexOf("</");
  const before = root.slice(0, close);
  // What is before the end tag on its own line is its indentation, and stays with it.
  const line = before.lastIndexOf("\n") + 1;
  const alone = line > 0 && before.slice(line).trim() === "";
  const [head, tail] = alone ? [before.slice(0, line), before.slice(line)] : [`${before}${newLine}`, ""];
  return `${text.slice(0, start)}${head}${lines}${tail}${root.slice(close)}${text.slice(end)}`;
}
