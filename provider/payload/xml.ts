/** XML as the payloads need it: elements in order, nothing that XML cannot carry. */
import { XMLBuilder, XMLParser } from "fast-xml-parser";

export interface Element {
  name: string;
  attributes?: Record<string, string>;
  /** Text, or elements. */
  content: string | Element[];
}

export const element = (
  name: string,
  content: Element["content"] = [],
  attributes?: Element["attributes"],
): Element => ({
  name,
  content,
  attributes,
});

/** Control characters but tab and line feed (a parser makes a line feed of a carriage return), and halves of pairs. */
const notXml = /(?![\t\n])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu;

/** The text without the characters that XML has no way to write; that some are left out is noted. */
export function carried(name: string, text: string, notes: string[]): string {
  const left = text.replace(notXml, "");
  if (left !== text) notes.push(`<${name}>${left}</${name}>: characters that XML cannot carry are left out`);
  return left;
}

/** The element as a document. */
export function printXml(root: Element, notes: string[]): string {
  const builder = new XMLBuilder({
    preserveOrder: true,
    format: true,
    indentBy: "\t",
    ignoreAttributes: false,
    suppressEmptyNode: true,
  });
  const body = builder.build([ordered(root)]).trim();
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`;

  function ordered({ name, attributes = {}, content }: Element): Record<string, unknown> {
    const children = typeof content === "string" ? [{ "#text": carried(name, content, notes) }] : content.map(ordered);
    const named = Object.entries(attributes).map(([key, value]) => [`@_${key}`, value]);
    return { [name]: children, ":@": Object.fromEntries(named) };
  }
}

/** The document's root; white space between elements is dropped, that in texts is kept. */
export function parseXml(text: string): Element {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    trimValues: false,
    parseTagValue: false,
  });
  const roots = (parser.parse(text) as Ordered[]).map(fromOrdered).filter((node) => !/^[?#]/.test(node.name));
  if (roots.length !== 1) throw new Error(`The document has ${roots.length} roots, and needs one.`);
  return roots[0]!;
}

type Ordered = Record<string, unknown>;

function fromOrdered(node: Ordered): Element {
  const name = Object.keys(node).find((key) => key !== ":@")!;
  const given = (node[":@"] ?? {}) as Record<string, string>;
  const attributes = Object.fromEntries(Object.entries(given).map(([key, value]) => [key.slice(2), value]));
  if (name === "#text") return { name, content: String(node[name]) };
  const children = (node[name] as Ordered[]).map(fromOrdered);
  const elements = children.filter((child) => child.name !== "#text");
  const content = elements.length > 0 ? elements : children.map(textOf).join("");
  return { name, attributes, content };
}

export const textOf = ({ content }: Element): string => (typeof content === "string" ? content : "");

export const childrenOf = ({ content }: Element, name?: string): Element[] =>
  typeof content === "string" ? [] : content.filter((child) => name === undefined || child.name === name);
