/** Elements of an XML text and where in it they are, so that one can be changed without writing the others anew. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { ConfigurationError } from "./error";

export interface Found {
  name: string;
  /** Where it begins and ends in the text, tags included. */
  start: number;
  end: number;
  /** Its own text, without that of elements in it. */
  text: string;
  children: Found[];
}

const place = XMLParser.getMetaDataSymbol() as unknown as symbol;
type Ordered = Record<string, unknown> & { [place: symbol]: { startIndex: number; endIndex: number } };

/** The elements at the top of a text: of a well-formed one, its root. */
export function elementsOf(text: string): Found[] {
  const valid = XMLValidator.validate(text.replace(/^\uFEFF/, ""));
  if (valid !== true) throw new ConfigurationError(`It is no XML: ${valid.err.msg} (line ${valid.err.line}).`);
  const parser = new XMLParser({
    preserveOrder: true,
    captureMetaData: true,
    trimValues: false,
    parseTagValue: false,
    processEntities: false,
    commentPropName: "#comment",
    cdataPropName: "#cdata",
  });
  return found(parser.parse(text) as Ordered[]);
}

function found(nodes: readonly Ordered[]): Found[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@")!;
    const at = node[place];
    if (/^[#?]/.test(name) || at === undefined) return [];
    const content = node[name] as Ordered[];
    const text = content.map((child) => String(child["#text"] ?? "")).join("");
    return [{ name, start: at.startIndex, end: at.endIndex, text, children: found(content) }];
  });
}

/** All elements of this name below one, with or without a prefix. */
export const below = (root: Found, name: string): Found[] =>
  root.children.flatMap((child) => [
    ...(child.name === name || child.name.endsWith(`:${name}`) ? [child] : []),
    ...below(child, name),
  ]);
