/** Apple's property lists, as far as configuration profiles use them. */
import { childrenOf, type Element, element, parseXml, printXml, textOf } from "./xml";

export type Plist = string | number | boolean | Uint8Array | Plist[] | PlistDict;
export interface PlistDict {
  [key: string]: Plist;
}

const doctype =
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';

export const printPlist = (value: Plist, notes: string[]): string =>
  printXml(element("plist", [toElement(value)], { version: "1.0" }), notes, doctype);

function toElement(value: Plist): Element {
  if (typeof value === "string") return element("string", value);
  if (typeof value === "number") return element("integer", String(value));
  if (typeof value === "boolean") return element(String(value));
  if (value instanceof Uint8Array) return element("data", Buffer.from(value).toString("base64"));
  if (Array.isArray(value)) return element("array", value.map(toElement));
  const pairs = Object.entries(value).flatMap(([key, inner]) => [element("key", key), toElement(inner)]);
  return element("dict", pairs);
}

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
