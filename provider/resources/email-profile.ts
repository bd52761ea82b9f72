/** EmailProfile: an Intune email profile, one Graph type for each platform (rules E1 to E7). */
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened } from "../graph/errors";
import { type OnChange, record, replace } from "../on-change";
import { type Has, has, type Platform } from "../platform";
import { isPlatform, platformNames, platforms, platformsWith } from "../platforms";
import type { Failure, Observed, ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { isUnknown, type Properties, same } from "../values";
import { certificateFailures } from "./certificates";
import { allConfigurations, collection, configurationsNamed, linked, unlink } from "./configurations";
import { type Setting, settings } from "./email-profile-settings";

const onChange = {
  platform: replace("E7", "the service fixes a profile's type when it is made"),
  ...settings,
  adopt: record,
} satisfies Record<"platform" | "adopt" | Setting, OnChange>;

const describe = (inputs: Properties) => `Email profile "${inputs.displayName}"`;

// --- validation -----------------------------------------------------------------------------------------------------

function validate(inputs: Properties): Failure[] {
  const { platform, adopt: _adopt, ...values } = given(inputs);
  if (isUnknown(platform)) return [];
  if (!isPlatform(platform)) {
    const allowed = platformNames.map((name) => `"${name}"`).join(", ");
    const found = platform === undefined ? "is required" : `is ${JSON.stringify(platform)}`;
    return [{ property: "platform", reason: `${found}; allowed: ${allowed} (E1).` }];
  }
  const { settings: rows, title } = platforms[platform];
  const failures: Failure[] = [];
  for (const [name, value] of Object.entries(values)) {
    const row = Object.hasOwn(rows, name) ? rows[name as Setting] : undefined;
    if (row === undefined) failures.push({ property: name, reason: unknownProperty(name) });
    else if (!has(row)) failures.push({ property: name, reason: notThere(name as Setting, title, row.lacks) });
    else failures.push(...invalid(row, name, value));
  }
  for (const [name, row] of Object.entries(rows)) {
    if (has(row) && row.required && values[name] === undefined) failures.push(...invalid(row, name, undefined));
  }
  failures.push(...conditions.flatMap((condition) => condition(values, rows)));
  return failures;
}

const invalid = (row: Has, name: string, value: unknown): Failure[] =>
  validateWith(row.value, value).map(({ property, reason }) => ({ property: name + property, reason }));

const unknownProperty = (name: string) =>
  /password/i.test(name)
    ? "does not exist: a password is never part of a profile, users give it on the device (E6)."
    : "does not exist; check the spelling.";

const notThere = (name: Setting, title: string, why: string) =>
  `does not exist on ${title}: ${why}. It exists on: ${platformsWith(name).join(", ")} (E3).`;

/** Settings that depend on each other; `false` and absent are the same to them. */
const conditions: ((values: Properties, rows: Platform["settings"]) => Failure[])[] = [
  goTogether("E3, E6", "identityCertificate", "authenticationMethod", "certificate"),
  goTogether("E3", "smimeSigningCertificate", "requireSmime", true),
];

/** A certificate belongs to a setting: always with it, and only then. */
function goTogether(rule: string, certificate: Setting, setting: Setting, value: unknown) {
  return (values: Properties, rows: Platform["settings"]): Failure[] => {
    if (!has(rows[certificate]) || isUnknown(values[setting])) return [];
    const wanted = values[setting] === value;
    const there = values[certificate] !== undefined;
    if (wanted === there) return [];
    const reason = wanted
      ? `is required with ${setting}: ${JSON.stringify(value)} (${rule}). Give the id of a certificate profile.`
      : `is only allowed with ${setting}: ${JSON.stringify(value)} (${rule}). Leave it out, or set ${setting}.`;
    return [{ property: certificate, reason }];
  };
}

async function validateInTenant(
  graph: Graph,
  inputs: Properties,
  olds: Properties,
  ours: ReadonlySet<string>,
): Promise<Failure[]> {
  const { displayName } = inputs;
  const keepsName = isUnknown(displayName) || displayName === olds.displayName;
  const [certificates, others] = await Promise.all([
    certificateFailures(graph, inputs),
    keepsName ? [] : othersNamed(graph, String(displayName), ours),
  ]);
  const reason = inputs.adopt === true ? notAdopted(inputs, others) : others[0] && taken(others[0]);
  return [...(reason === undefined ? [] : [{ property: "displayName", reason }]), ...certificates];
}

/** Profiles that have the name, and are not of this stack. */
async function othersNamed(graph: Graph, displayName: string, ours: ReadonlySet<string>): Promise<Json[]> {
  const notOurs = (entities: Json[]) => entities.filter(({ id }) => !ours.has(String(id)));
  const there = notOurs(called(await allConfigurations(graph), displayName));
  return there.length === 0 ? [] : notOurs(await named(graph, displayName));
}

/** Why none of the profiles that have the name can be taken over, if there is any. */
function notAdopted({ platform }: Properties, [found, another]: Json[]): string | undefined {
  if (!found) return undefined;
  const cannot = `is "${found.displayName}", and what has this name cannot be adopted:`;
  if (another) return `${cannot} several have it (${found.id}, ${another.id}). Rename all but one.`;
  if (isUnknown(platform) || platformOf(found) === platform) return undefined;
  return `${cannot} ${found.id} is a ${found["@odata.type"]}, not a profile for ${platform} (E7). Choose another name.`;
}

const taken = (other: Json) =>
  `is "${other.displayName}", which ${other.id} (${other["@odata.type"]}) has already; names are unique in a tenant (E3). Choose another name, or set adopt: true to manage that profile (and to replace it by --replace, where the engine does not say that it is this stack's), or add an alias if this stack manages it under another name. If another engine or stack made it, bring its state here (intune-mail stack export, pulumi stack import).`;

// --- the service ----------------------------------------------------------------------------------------------------

const types = new Map(
  platformNames.map((name) => [`#microsoft.graph.${platforms[name].odataType}`.toLowerCase(), name]),
);

/** Which platform an entity of the service is for; clients compare Graph's types without regard to case. */
export const platformOf = (entity: Json) => types.get(String(entity["@odata.type"]).toLowerCase());

/** Email profiles of this name, over all pages. */
async function named(graph: Graph, displayName: string): Promise<Json[]> {
  return called(await configurationsNamed(graph, displayName), displayName);
}

const called = (entities: Json[], displayName: string): Json[] =>
  entities.filter((entity) => entity.displayName === displayName && platformOf(entity) !== undefined);

async function create(graph: Graph, inputs: Properties): Promise<Observed> {
  const name = String(inputs.displayName);
  const before = await named(graph, name);
  if (before.length > 0) return adopt(graph, inputs, before);
  const rows = rowsOf(inputs).filter(([setting]) => inputs[setting] != null);
  let entity: Json;
  try {
    entity = await graph.post(collection, body(inputs, rows));
  } catch (error) {
    // The answer may be lost after the profile was made: nobody else had the name, so one that is there now is ours.
    const [made] = mayHaveHappened(error) ? await named(graph, name) : [];
    if (!made) throw error;
    entity = made;
  }
  return { id: String(entity.id), inputs: {}, computed: computed(entity) };
}

async function adopt(graph: Graph, inputs: Properties, found: Json[]): Promise<Observed> {
  const [entity] = found;
  const reason = inputs.adopt === true ? notAdopted(inputs, found) : taken(entity!);
  if (reason !== undefined) throw new UserError(`displayName ${reason}`);
  const observed = await observe(graph, String(entity!.id), inputs);
  // State gets what is there, not what was asked for: the next preview shows the difference.
  const cleared = Object.fromEntries(Object.keys(given(inputs)).map((name) => [name, undefined]));
  return { ...observed, inputs: { ...cleared, ...observed.inputs, adopt: true } };
}

async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const entity = await graph.get(`${collection}/${id}`);
  const platform = platformOf(entity);
  if (platform === undefined) {
    throw new UserError(`${id} is a ${entity["@odata.type"]}, not an email profile. Check the id.`);
  }
  const found: Properties = { platform };
  for (const [name, row] of settingsOf(platforms[platform])) {
    const value = await observed(graph, id, entity, name, row);
    const isUnsaid = isEmpty(value) || same(value, row.cleared);
    // What the program never said and the service has at its default is no difference; nor is off instead of nothing.
    if (!isUnsaid || (inputs[name] != null && value != null)) found[name] = value;
    else if (isEmpty(inputs[name]) && value == null) found[name] = inputs[name];
  }
  if (inputs.adopt != null) found.adopt = inputs.adopt;
  return { id, inputs: found, computed: computed(entity) };
}

/** What a service may give for a setting that nobody made: Graph's own defaults are of these. */
const isEmpty = (value: unknown) => value == null || value === false || value === "" || value === "none";

async function observed(graph: Graph, id: string, entity: Json, name: Setting, row: Has): Promise<unknown> {
  if (row.as === "link") return linked(graph, id, entity, name);
  const value = entity[wireName(name, row)];
  return row.wire ? row.wire.read(value) : value;
}

async function update(graph: Graph, id: string, olds: Properties, news: Properties): Promise<Observed> {
  const rows = rowsOf(news);
  const changed = rows.filter(([name]) => !same(olds[name], news[name]));
  const entity = await graph.patch(`${collection}/${id}`, body(news, changed));
  for (const [name, row] of changed) {
    if (row.as === "link" && news[name] == null) await unlink(graph, id, entity, name);
  }
  return { id, inputs: {}, computed: computed(entity) };
}

// --- the wire -------------------------------------------------------------------------------------------------------

type Rows = [Setting, Has][];

const settingsOf = (platform: Platform): Rows =>
  Object.entries(platform.settings).filter((row): row is [Setting, Has] => has(row[1]));

const rowsOf = (inputs: Properties): Rows => settingsOf(platforms[inputs.platform as keyof typeof platforms]);

const wireName = (name: Setting, row: Has) => (row.as === "annotation" ? `@classic.${name}` : name);

/** Graph's body with these settings: those given as they are, those taken away as what the service then has. */
function body(inputs: Properties, rows: Rows): Json {
  const { odataType } = platforms[inputs.platform as keyof typeof platforms];
  const result: Json = { "@odata.type": `#microsoft.graph.${odataType}` };
  for (const [name, row] of rows) {
    const value = inputs[name];
    if (row.as === "link") {
      if (value != null) {
        result[`${name}@odata.bind`] = `https://graph.microsoft.com/beta${collection}('${value}')`;
      }
    } else if (value == null) {
      result[wireName(name, row)] = row.cleared ?? null;
    } else {
      result[wireName(name, row)] = row.wire ? row.wire.write(value) : value;
    }
  }
  return result;
}

const computed = (entity: Json): Properties => ({ odataType: entity["@odata.type"], version: entity.version });

export const emailProfile: ResourceType = {
  kind: "EmailProfile",
  describe,
  onChange,
  validate,
  validateInTenant,
  create,
  observe,
  update,
  remove: (graph, id) => graph.delete(`${collection}/${id}`),
};
