/** Apple's property lists, as far as configuration profiles use them. */
import { build, type PlistObject, type PlistValue } from "plist";
import { carried, childrenOf, type Element, parseXml, textOf } from "./xml";

export type Plist = string | number | boolean | Uint8Array | Plist[] | PlistDict;
export interface PlistDict {
  [key: string]: Plist;
}

export function printPlist(value: Plist, notes: string[]): string {
  return `${build(toLibrary(value, notes), { indent: "\t" })}\n`;
}

/** The library fails on what XML cannot carry, and writes the whole memory behind an array of bytes. */
function toLibrary(value: Plist, notes: string[]): PlistValue {
  if (typeof value === "string") return carried("string", value, notes);
  if (typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map((each) => toLibrary(each, notes));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, toLibrary(each, notes)]),
  ) satisfies PlistObject;
}

/** Not by the library, which reads the line separators of Unicode as line feeds. */
export function parsePlist(text: string): Plist {
  const [value] = childrenOf(parseXml(text));
  if (!value) throw new Error("The property list is empty.");
  return fromElement(value);
}

function fromElement(node: Element): Plist {
  switch (node.name) {
    case "string":
      return textOf(node);
    case "integer":
      return Number(textOf(node));
    case "true":
      return true;
    case "false":
      return false;
    case "data":
      return new Uint8Array(Buffer.from(textOf(node), "base64"));
    case "array":
      return childrenOf(node).map(fromElement);
    case "dict":
      return dict(childrenOf(node));
    default:
      throw new Error(`A property list has no <${node.name}> here.`);
  }
}

function dict(children: Element[]): PlistDict {
  const found: PlistDict = {};
  for (let index = 0; index < children.length; index += 2) {
    const [key, value] = [children[index]!, children[index + 1]];
    if (key.name !== "key" || !value) throw new Error(`<${key.name}> stands where a key and its value should.`);
    found[textOf(key)] = fromElement(value);
  }
  return found;
}
