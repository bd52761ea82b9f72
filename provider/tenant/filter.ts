/**
 * The text of `$filter` and `$orderby`, read into a tree. No package of npm reads what Graph's clients send (dates and
 * GUIDs without quotes, `startsWith`, enumeration literals), so this is a small parser of our own, held by a fuzz test.
 */
import { badQuery } from "./errors";

export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";
export type TextTest = "startswith" | "endswith" | "contains";

export interface Literal {
  kind: "string" | "number" | "boolean" | "null" | "date" | "guid";
  value: string | number | boolean | null;
}

export type Filter =
  | { kind: "and" | "or"; left: Filter; right: Filter }
  | { kind: "not"; of: Filter }
  | { kind: "compare"; operator: Comparison; property: string; literal: Literal }
  | { kind: "in"; property: string; literals: Literal[] }
  | { kind: "text"; test: TextTest; property: string; literal: Literal }
  | { kind: "isof"; type: string }
  /** Some item of a collection of simple values; a test on the item names it with the property `""`. */
  | { kind: "any"; property: string; of: Filter | undefined };

export interface Order {
  property: string;
  descending: boolean;
}

const longest = 4000;
/** Parentheses and `not` deeper than this are no filter that a person has written. */
const deepest = 50;
const pattern =
  /\s*('(?:[^']|'')*'|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?(?![\w-])|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|-?\d+(?:\.\d+)?(?![\w.-])|[@$A-Za-z_][\w.@$]*(?:\/[@$A-Za-z_][\w.@$]*)*|[(),:])/y;

const comparisons: ReadonlySet<string> = new Set<Comparison>(["eq", "ne", "gt", "ge", "lt", "le"]);
const textTests: ReadonlySet<string> = new Set<TextTest>(["startswith", "endswith", "contains"]);

function tokensOf(text: string, what: string): string[] {
  if (text.length > longest) throw badQuery(`The value of '${what}' is longer than ${longest} characters.`);
  const tokens: string[] = [];
  pattern.lastIndex = 0;
  let end = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    tokens.push(match[1]!);
    end = pattern.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw unreadable(text, what, text.slice(end).trim());
  return tokens;
}

const unreadable = (text: string, what: string, at: string) =>
  badQuery(`The value '${text.slice(0, 200)}' of '${what}' cannot be read at '${at.slice(0, 40)}'.`);

/** Reads a filter; the answer to one that is none is 400. */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text, "$filter");
  let at = 0;
  let depth = 0;
  const fail = () => unreadable(text, "$filter", tokens[at] ?? "its end");
  const take = (expected?: string): string => {
    const token = tokens[at];
    if (token === undefined || (expected !== undefined && token !== expected)) throw fail();
    at++;
    return token;
  };
  const deeper = <T>(read: () => T): T => {
    if (++depth > deepest) throw badQuery(`The filter is nested more than ${deepest} levels deep.`);
    const result = read();
    depth--;
    return result;
  };
  const grouped = (read: () => Filter): Filter => {
    take("(");
    const result = deeper(read);
    take(")");
    return result;
  };
  const name = (): string => {
    const token = take();
    if (!/^[@$A-Za-z_]/.test(token)) throw fail();
    return token;
  };
  const literal = (): Literal => {
    const token = take();
    // An enumeration's literal may name its type: microsoft.graph.x'member'.
    if (/^(microsoft\.)?graph\.\w+$/.test(token)) return literal();
    const read = literalOf(token);
    if (!read) throw fail();
    return read;
  };
  const literals = (): Literal[] => {
    take("(");
    const read = [literal()];
    while (tokens[at] === ",") {
      take();
      read.push(literal());
    }
    take(")");
    return read;
  };
  const call = (word: string): Filter => {
    const test = word.toLowerCase();
    if (test === "isof") {
      take("(");
      const type = take();
      take(")");
      return { kind: "isof", type: type.replace(/^'|'$/g, "") };
    }
    if (!textTests.has(test)) throw badQuery(`The function '${word.slice(0, 60)}' cannot be used in '$filter'.`);
    take("(");
    const property = name();
    take(",");
    const value = literal();
    take(")");
    return { kind: "text", test: test as TextTest, property, literal: value };
  };
  const any = (path: string): Filter => {
    const property = path.slice(0, -"/any".length);
    take("(");
    if (tokens[at] === ")") {
      take();
      return { kind: "any", property, of: undefined };
    }
    const variable = name();
    take(":");
    const of = deeper(or);
    take(")");
    return { kind: "any", property, of: within(of, variable, fail) };
  };
  /** A name alone in parentheses is that name, as the portal writes `(microsoft.graph.managedApp/appAvailability) eq null`. */
  const isBracketed = () =>
    tokens[at] === "(" && tokens[at + 2] === ")" && /^(?!not$)[A-Za-z_]/.test(tokens[at + 1] ?? "");
  const bracketed = (): string => {
    take("(");
    const read = name();
    take(")");
    return read;
  };
  const term = (): Filter => {
    if (tokens[at] === "(" && !isBracketed()) return grouped(or);
    const word = tokens[at] === "(" ? bracketed() : name();
    if (word === "not") return { kind: "not", of: deeper(term) };
    if (tokens[at] === "(") return word.endsWith("/any") ? any(word) : call(word);
    const operator = take();
    if (operator === "in") return { kind: "in", property: word, literals: literals() };
    if (!comparisons.has(operator)) throw fail();
    return { kind: "compare", operator: operator as Comparison, property: word, literal: literal() };
  };
  const chain = (kind: "and" | "or", next: () => Filter) => (): Filter => {
    let left = next();
    while (tokens[at] === kind) {
      take();
      left = { kind, left, right: next() };
    }
    return left;
  };
  const or: () => Filter = chain("or", chain("and", term));
  const filter = or();
  if (at < tokens.length) throw fail();
  return filter;
}

function literalOf(token: string): Literal | undefined {
  if (token.startsWith("'")) return { kind: "string", value: token.slice(1, -1).replaceAll("''", "'") };
  if (token === "true" || token === "false") return { kind: "boolean", value: token === "true" };
  if (token === "null") return { kind: "null", value: null };
  if (/^[0-9a-fA-F]{8}-/.test(token)) return { kind: "guid", value: token };
  if (/^\d{4}-\d\d-\d\d/.test(token)) {
    const ms = Date.parse(token);
    return Number.isNaN(ms) ? undefined : { kind: "date", value: new Date(ms).toISOString() };
  }
  return /^-?\d/.test(token) ? { kind: "number", value: Number(token) } : undefined;
}

/** What is said of the variable of `any`, said of the item: its name becomes the empty one. */
function within(filter: Filter, variable: string, fail: () => Error): Filter {
  const item = (property: string) => {
    if (property !== variable) throw fail();
    return "";
  };
  switch (filter.kind) {
    case "and":
    case "or":
      return { ...filter, left: within(filter.left, variable, fail), right: within(filter.right, variable, fail) };
    case "not":
      return { kind: "not", of: within(filter.of, variable, fail) };
    case "compare":
    case "in":
    case "text":
      return { ...filter, property: item(filter.property) };
    default:
      throw fail();
  }
}

/** Reads `$orderby`: names with `asc` or `desc`. */
export function parseOrder(text: string): Order[] {
  if (text.length > longest) throw badQuery(`The value of '$orderby' is longer than ${longest} characters.`);
  return text.split(",").map((part) => {
    const [property, direction = "asc", ...rest] = part.trim().split(/\s+/);
    if (!property || rest.length > 0 || !/^(asc|desc)$/.test(direction) || !/^[\w./]+$/.test(property)) {
      throw unreadable(text, "$orderby", part.trim());
    }
    return { property, descending: direction === "desc" };
  });
}

/** Every test that a filter makes, without what joins them. */
export function testsOf(filter: Filter): Filter[] {
  switch (filter.kind) {
    case "and":
    case "or":
      return [...testsOf(filter.left), ...testsOf(filter.right)];
    case "not":
      return testsOf(filter.of);
    default:
      return [filter];
  }
}
