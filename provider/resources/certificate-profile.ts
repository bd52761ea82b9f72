/** What trusted and SCEP certificates have in common: a Graph type for each platform, and a life cycle by their tables. */
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened } from "../graph/errors";
import { equal, type OnChange, record, replace } from "../on-change";
import { type Has, has, type Lacks } from "../platform";
import type { Failure, Observed, ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { isUnknown, type Properties } from "../values";
import { linkFailures } from "./certificates";
import { allConfigurations, castOf, collection, configurationsNamed, linked, unlink } from "./configurations";

/** One platform's type of certificate. */
export interface CertificateType {
  title: string;
  /** Graph's type, without `#microsoft.graph.`. */
  odataType: string;
  settings: Record<string, Has | Lacks>;
  /** Types that its links may lead to. */
  links?: Record<string, readonly string[]>;
}

export interface Family {
  kind: string;
  /** How messages name one: `trusted certificate`. */
  noun: string;
  types: Record<string, CertificateType>;
  onChange: Record<string, OnChange>;
  /** What is wrong with settings that depend on each other, or that a schema cannot say. */
  conditions(values: Properties): Failure[];
  computed(entity: Json): Properties;
}

type Rows = [string, Has][];
const rowsOf = (type: CertificateType): Rows =>
  Object.entries(type.settings).filter((row): row is [string, Has] => has(row[1]));

/** A resource for a family of certificate profiles. */
export function certificateProfile(family: Family): ResourceType {
  const { types, noun } = family;
  const onChange = {
    platform: replace("E12", "the service fixes a certificate profile's type when it is made"),
    ...family.onChange,
    adopt: record,
  };
  const describe = (inputs: Properties) => `${noun.charAt(0).toUpperCase()}${noun.slice(1)} "${inputs.displayName}"`;
  const computed = (entity: Json) => ({ odataType: entity["@odata.type"], ...family.computed(entity) });
  const typeOf = (inputs: Properties) => types[String(inputs.platform)]!;

  async function validateInTenant(graph: Graph, inputs: Properties, olds: Properties, ours: ReadonlySet<string>) {
    if (isUnknown(inputs.platform)) return [];
    const type = typeOf(inputs);
    const links = await linkFailures(graph, inputs, type.links);
    const { displayName, adopt } = inputs;
    if (isUnknown(displayName) || displayName === olds.displayName || adopt === true) return links;
    const isOther = (entity: Json) =>
      entity.displayName === displayName && isOf(type, entity) && !ours.has(String(entity.id));
    // What the run has read may be stale: only what stands in the way is looked up afresh.
    const suspected = (await allConfigurations(graph)).some(isOther);
    const others = suspected ? (await named(graph, type, displayName)).filter(isOther) : [];
    return [...others.slice(0, 1).map((other) => ({ property: "displayName", reason: taken(other) })), ...links];
  }

  async function create(graph: Graph, inputs: Properties): Promise<Observed> {
    const type = typeOf(inputs);
    const before = await named(graph, type, inputs.displayName);
    if (before.length > 0) return adopt(graph, inputs, before);
    const rows = rowsOf(type).filter(([name]) => inputs[name] != null);
    let entity: Json;
    try {
      entity = await graph.post(collection, body(type, inputs, rows));
    } catch (error) {
      // The answer may be lost after it was made: nothing else had the name, so one that is there now is ours.
      const [made] = mayHaveHappened(error) ? await named(graph, type, inputs.displayName) : [];
      if (!made) throw error;
      entity = made;
    }
    return { id: String(entity.id), inputs: {}, computed: computed(entity) };
  }

  async function adopt(graph: Graph, inputs: Properties, found: Json[]): Promise<Observed> {
    if (inputs.adopt !== true) throw new UserError(`displayName ${taken(found[0]!)}`);
    if (found.length > 1) {
      const ids = found.map((one) => one.id).join(", ");
      throw new UserError(
        `${describe(inputs)} cannot be adopted: several have this name (${ids}). Rename all but one.`,
      );
    }
    const observed = await observe(graph, String(found[0]!.id), inputs);
    // State gets what is there, not what was asked for: the next preview shows the difference.
    const cleared = Object.fromEntries(Object.keys(given(inputs)).map((name) => [name, undefined]));
    return { ...observed, inputs: { ...cleared, ...observed.inputs, adopt: true } };
  }

  async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
    const entity = await graph.get(`${collection}/${id}`);
    const found = Object.entries(types).find(([, type]) => isOf(type, entity));
    if (!found) throw new UserError(`${id} is a ${entity["@odata.type"]}, not a ${noun}. Check the id.`);
    const [platform, type] = found;
    const seen: Properties = { platform };
    for (const [name, row] of rowsOf(type)) {
      const wire = row.as === "link" ? await linked(graph, id, entity, name) : entity[name];
      const value = wire != null && row.wire ? row.wire.read(wire) : wire;
      // What the program never said and the service has at its default is no difference.
      if (value != null && (inputs[name] != null || !equal(onChangeOf(name), value, row.cleared))) seen[name] = value;
    }
    if (inputs.adopt != null) seen.adopt = inputs.adopt;
    return { id, inputs: seen, computed: computed(entity) };
  }

  async function update(graph: Graph, id: string, olds: Properties, news: Properties): Promise<Observed> {
    const type = typeOf(news);
    const changed = rowsOf(type).filter(([name]) => !equal(onChangeOf(name), olds[name], news[name]));
    const entity = await graph.patch(`${collection}/${id}`, body(type, news, changed));
    for (const [name, row] of changed) {
      if (row.as === "link" && news[name] == null) await unlink(graph, id, entity, name);
    }
    return { id, inputs: {}, computed: computed(entity) };
  }

  const onChangeOf = (name: string) => (onChange as Record<string, OnChange>)[name];
  const taken = (other: Json) =>
    `is "${other.displayName}", which ${other.id} (${other["@odata.type"]}) has already. Choose another name, or set adopt: true to manage that ${noun} (and to replace it by --replace, where the engine does not say that it is this stack's), or add an alias if this stack manages it under another name. If another engine or stack made it, bring its state here (intune-mail stack export, pulumi stack import).`;

  return {
    kind: family.kind,
    describe,
    onChange,
    validate: (inputs) => validate(family, inputs),
    validateInTenant,
    create,
    observe,
    update,
    remove: (graph, id) => graph.delete(`${collection}/${id}`),
  };
}

// --- validation -----------------------------------------------------------------------------------------------------

function validate({ types, conditions }: Family, inputs: Properties): Failure[] {
  const { platform, adopt: _adopt, ...values } = given(inputs);
  if (isUnknown(platform)) return [];
  const type = typeof platform === "string" && Object.hasOwn(types, platform) ? types[platform]! : undefined;
  if (!type) {
    const allowed = Object.keys(types).map((name) => `"${name}"`);
    const found = platform === undefined ? "is required" : `is ${JSON.stringify(platform)}`;
    return [{ property: "platform", reason: `${found}; allowed: ${allowed.join(", ")} (E12).` }];
  }
  const failures = Object.entries(values).flatMap(([name, value]) => {
    const row = Object.hasOwn(type.settings, name) ? type.settings[name] : undefined;
    if (row === undefined) return [{ property: name, reason: "does not exist; check the spelling." }];
    if (!has(row)) return [{ property: name, reason: notThere(types, type.title, name, row) }];
    return invalid(row, name, value);
  });
  for (const [name, row] of rowsOf(type)) {
    if (row.required && values[name] === undefined) failures.push(...invalid(row, name, undefined));
  }
  return failures.length > 0 ? failures : conditions(values);
}

const invalid = (row: Has, name: string, value: unknown): Failure[] =>
  validateWith(row.value, value).map(({ property, reason }) => ({
    property: property === "" || property.startsWith("[") ? name + property : `${name}.${property}`,
    reason,
  }));

function notThere(types: Family["types"], title: string, name: string, { lacks }: Lacks): string {
  const where = Object.keys(types).filter((each) => has(types[each]!.settings[name]!));
  return `does not exist for ${title}: ${lacks}. It exists for: ${where.join(", ")}.`;
}

// --- the service ----------------------------------------------------------------------------------------------------

const isOf = (type: CertificateType, entity: Json) =>
  castOf(entity).toLowerCase() === `microsoft.graph.${type.odataType}`.toLowerCase();

/** Certificates of this type and name, over all pages. */
const named = async (graph: Graph, type: CertificateType, displayName: unknown): Promise<Json[]> =>
  (await configurationsNamed(graph, String(displayName))).filter((entity) => isOf(type, entity));

/** Graph's body with these settings: those given as they are, those taken away as what the service then has. */
function body(type: CertificateType, inputs: Properties, rows: Rows): Json {
  const result: Json = { "@odata.type": `#microsoft.graph.${type.odataType}` };
  for (const [name, row] of rows) {
    const value = inputs[name];
    if (row.as !== "link") {
      result[name] = value == null ? (row.cleared ?? null) : row.wire ? row.wire.write(value) : value;
    } else if (value != null) {
      result[`${name}@odata.bind`] = `https://graph.microsoft.com/beta${collection}('${value}')`;
    }
  }
  return result;
}
