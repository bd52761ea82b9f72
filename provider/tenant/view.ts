/** `$select` and `$expand`: what of an entity a request asks for. */
import { badQuery } from "./errors";
import { isA, knownType, plain, propertyOf, typeOf } from "./metadata";
import type { GraphVersion, RouteRequest } from "./route";

export interface View {
  /** Names of the properties that are wanted; undefined: all. */
  select?: ReadonlySet<string>;
  expand: readonly Expansion[];
}

export interface Expansion {
  navigation: string;
  /** The type that has it, where the option names one. */
  of?: string;
  query: URLSearchParams;
}

const everything: View = { expand: [] };

/** What a request asks for of entities of this type; what the type has not is 400. */
export function viewOf({ query, version }: RouteRequest, type: string): View {
  if (query.size === 0) return everything;
  const select = query.get("$select");
  const expand = query.get("$expand");
  return {
    ...(select === null ? {} : selection(select, type, version)),
    expand: expand === null ? [] : expansions(expand, type, version),
  };
}

function selection(text: string, type: string, version: GraphVersion): { select?: ReadonlySet<string> } {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("*")) return {};
  return { select: new Set(names.map((name) => selected(name, type, version))) };
}

/** A property's name, which may have the type before it that it belongs to, or a part of it after it. */
function selected(text: string, type: string, version: GraphVersion): string {
  const parts = text.split("/");
  const of = /^(microsoft\.)?graph\./.test(parts[0]!) ? plain(parts.shift()!) : type;
  const name = parts[0] ?? "";
  if (!isA(of, type) || !has(of, name, version)) {
    throw badQuery(
      `Parsing OData Select and Expand failed: Could not find a property named '${text.slice(0, 100)}' on type 'microsoft.graph.${of.slice(0, 100)}'.`,
    );
  }
  return name;
}

function has(type: string, name: string, version: GraphVersion): boolean {
  const property = propertyOf(type, name) ?? knownType(type).navigations.get(name);
  return property !== undefined && (version === "beta" || property.inV1) ? true : name === "id";
}

/** `members($select=id;$top=5),memberOf` */
function expansions(text: string, type: string, version: GraphVersion): Expansion[] {
  if (text.length > 1000) throw badQuery("The value of '$expand' is longer than 1000 characters.");
  if (text.trim() === "") throw badQuery("The query option '$expand' names nothing.");
  return splitOutside(text, ",").map((part) => {
    const match = /^\s*((?:(?:microsoft\.)?graph\.(\w+)\/)?(\w+))\s*(?:\((.*)\))?\s*$/s.exec(part);
    const [, path = part, of = type, navigation = "", options] = match ?? [];
    const property = isA(of, type) ? typeOf(of)!.navigations.get(navigation) : undefined;
    if (!property || (version === "v1.0" && !property.inV1)) {
      throw badQuery(
        `Parsing OData Select and Expand failed: Could not find a navigation property named '${path.slice(0, 100)}' on type 'microsoft.graph.${type}'.`,
      );
    }
    const query = new URLSearchParams(splitOutside(options ?? "", ";").map((option) => pairOf(option)));
    return { navigation, query, ...(of === type ? {} : { of }) };
  });
}

function pairOf(option: string): [string, string] {
  const at = option.indexOf("=");
  if (at === -1) throw badQuery(`The option '${option.slice(0, 100)}' of '$expand' has no value.`);
  return [option.slice(0, at).trim(), option.slice(at + 1)];
}

/** Splits where no parenthesis or quotation is open. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part.trim() !== "");
}
